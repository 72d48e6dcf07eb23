"""Makes experiments, rows of the log and simulated units for the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from app.domain.events import Event
from app.domain.exposures import Exposure
from app.domain.log import Kind, LogRow
from app.experiments.comparing import ALPHA, compare
from app.experiments.ratio import Sums, adjusted, estimate
from app.experiments.specs import DEFAULT_METRIC, Arm, Experiment
from app.experiments.view import row_body

if TYPE_CHECKING:
    from collections.abc import Iterable

RNG = np.random.Generator
NUM_USERS = 600
NUM_LOOKS = 24


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


def events(*told: dict[str, Any]) -> list[tuple[int, Event]]:
    """Return events (clicks unless they say otherwise) with their places in the log, from 1 on."""
    return [
        (lsn, Event(**{"id": f"event-{lsn}", "type": "click", "at": float(lsn), **fields}))
        for lsn, fields in enumerate(told, 1)
    ]


def shown(  # what one answer was
    request_id: str,
    user: str,
    arm: str | None,
    items: Iterable[str] = "abc",
    *,
    at: float = 1_000.0,
    took_ms: float = 5.0,
    offset: int = 0,
    teams: tuple[int, ...] = (),
) -> Exposure:
    """Return the exposure of an answer to a user by an arm of the experiment `fresh`."""
    shown_items = tuple(items)
    return Exposure(
        request_id,
        at,
        "horse",
        shown_items,
        offset=offset,
        total=offset + len(shown_items),
        took_ms=took_ms,
        user=user,
        arms={} if arm is None else {"fresh": arm},
        teams=teams,
    )


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


def rejections(lift: float, seed: int, num_worlds: int) -> list[float]:
    """Return the shares of worlds in which an effect was claimed.

    By the p of one planned look at the end, by the same p at any of many looks, by the always-valid p
    at any of them, and by the always-valid p with the units' past taken out.
    """
    rng = np.random.default_rng(seed)
    told = np.zeros((num_worlds, 4))
    for world in range(num_worlds):
        people = People(rng, NUM_USERS, lift)
        for _ in range(NUM_LOOKS):
            arms = people.look()
            control, treatment = (estimate(arm) for arm in arms)
            found = compare(control, treatment)
            cuped = adjusted(arms)
            assert cuped is not None
            better = compare(cuped[0], cuped[1])
            told[world, 0] = found.p_value < ALPHA  # of the last look, when all is done
            told[world, 1] = max(told[world, 1], found.p_value < ALPHA)
            told[world, 2] = max(told[world, 2], found.always_p_value < ALPHA)
            told[world, 3] = max(told[world, 3], better.always_p_value < ALPHA)
    return [float(share) for share in told.mean(axis=0)]
