"""Makes experiments, rows of the log and simulated units for the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from app.domain.log import Kind, LogRow
from app.experiments.ratio import Sums
from app.experiments.specs import DEFAULT_METRIC, Arm, Experiment
from app.experiments.tally import Exposure
from app.experiments.view import row_body

if TYPE_CHECKING:
    from collections.abc import Iterable

RNG = np.random.Generator


def experiment(name: str = "fresh", **changes: Any) -> Experiment:
    """Return an experiment of two arms, with these fields changed."""
    fields: dict[str, Any] = {
        "name": name,
        "arms": (Arm("control"), Arm("treatment", 1.0, {"fusion": "rrf"})),
        "kind": "split",
        "layer": name,
        "unit": "user",
        "traffic": 1.0,
        "metric": DEFAULT_METRIC,
        "guardrails": (),
        "salt": name,
    }
    if changes.get("kind") == "interleave":
        fields["metric"] = None
    return Experiment(**{**fields, **changes})


def put(lsn: int, one: Experiment) -> LogRow:
    """Return the row that starts or changes an experiment."""
    return LogRow(lsn, float(lsn), Kind.EXPERIMENT, one.name, row_body(one))


def end(lsn: int, name: str) -> LogRow:
    """Return the row that ends an experiment."""
    return LogRow(lsn, float(lsn), Kind.EXPERIMENT, name, row_body(None))


def event(lsn: int, **fields: Any) -> LogRow:
    """Return the row of an event."""
    body = {"id": f"event-{lsn}", "type": "click", "at": float(lsn), **fields}
    return LogRow(lsn, float(lsn), Kind.EVENT, body["id"], body)


def exposure_row(lsn: int, exposure: Exposure) -> LogRow:
    """Return a row that stands for an answer; `read_exposure` reads it back."""
    return LogRow(lsn, float(lsn), Kind.JOB, exposure.request_id, {"exposure": exposure})


def read_exposure(row: LogRow) -> Exposure | None:
    """Read what `exposure_row` wrote."""
    found = row.body.get("exposure")
    assert found is None or isinstance(found, Exposure)
    return found


def shown(
    request_id: str, user: str, arm: str | None, items: Iterable[str] = "abc", took_ms: float = 5.0
) -> Exposure:
    """Return the exposure of an answer to a user by an arm of the experiment `fresh`."""
    arms = {} if arm is None else {"fresh": arm}
    return Exposure(request_id, {"user": user}, arms, tuple(items), took_ms)


class People:
    """Simulated users with habits of their own: some click more and search more than others.

    Each has a propensity to click and a rate of searches; `look` lets them all search once more and
    returns the sums of both arms so far. The past is drawn from the same habits.
    """

    def __init__(self, rng: RNG, num: int, lift: float = 0.0) -> None:
        self._rng = rng
        self._clicks = rng.beta(2, 4, num)
        self._rates = rng.gamma(1.0, 2.0, num) + 0.2
        self._treated = rng.random(num) < 0.5
        self._lift = 1 + lift
        pre = rng.poisson(self._rates * 3)
        self._past = (rng.binomial(pre, self._clicks).astype(float), pre.astype(float))
        self._sums = np.zeros((2, num))

    def look(self) -> list[Sums]:
        """Let time pass and return (control, treatment); only units with a search are there."""
        searches = self._rng.poisson(self._rates / 4)
        chance = np.clip(self._clicks * np.where(self._treated, self._lift, 1.0), 0, 1)
        self._sums += (self._rng.binomial(searches, chance), searches)
        return [self._arm(~self._treated), self._arm(self._treated)]

    def _arm(self, members: np.ndarray) -> Sums:
        seen = members & (self._sums[1] > 0)
        return Sums(self._sums[0][seen], self._sums[1][seen], self._past[0][seen], self._past[1][seen])
