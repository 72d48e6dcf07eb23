"""Counts what came of an experiment's answers, row by row of the log, unit by unit."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from app.domain.events import Event
from app.domain.log import Kind
from app.experiments.metrics import PER_UNIT, Outcome, value_of
from app.experiments.ratio import Sums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from app.domain.log import LogRow
    from app.experiments.view import Running

CLICK = "click"
CONVERTS = frozenset({"purchase", "convert"})
BEFORE = ""  # stands for the arm of what a unit saw before the experiment began


@dataclass(frozen=True, slots=True)
class Exposure:
    """One answer as it was shown: to whom, by which arms, and what stood where.

    `units` are the request's ids by kind of unit, `arms` the arm by experiment, `items` the ids shown
    from place `offset` + 1 on, `teams` whose pick each of the list's places was, from its first on.
    """

    request_id: str
    units: Mapping[str, str]
    arms: Mapping[str, str]
    items: Sequence[str]
    took_ms: float
    offset: int = 0
    teams: Sequence[int] = ()


@dataclass(slots=True)
class _Answer:
    """What is kept of an exposure: hashes of the items, so that a click without a place finds it."""

    unit: str
    arm: str
    outcome: Outcome
    items: array[int]
    offset: int
    teams: tuple[int, ...]

    def place_of(self, event: Event) -> int | None:
        """Return the place (from 1) in the whole list that was clicked on, None when it was not shown."""
        if event.item is not None and (key := hash(event.item)) in self.items:
            return self.offset + self.items.index(key) + 1
        return event.position if event.item is None else None


@dataclass(slots=True)
class Tally:
    """What one experiment's units did since it began, and before; rows are given in log order.

    `read` gives the exposure that a row records, None for any other row.
    """

    running: Running
    read: Callable[[LogRow], Exposure | None]
    lsn: int = 0
    _answers: dict[str, _Answer] = field(default_factory=dict)
    _last: dict[tuple[str, bool], _Answer] = field(default_factory=dict)  # by unit and whether it was before

    def add(self, rows: Iterable[LogRow]) -> None:
        """Count further rows."""
        for row in rows:
            if row.kind is Kind.EVENT:
                self._event(Event.from_body(row.body), before=row.lsn < self.running.since_lsn)
            elif (exposure := self.read(row)) is not None:
                self._exposure(exposure, before=row.lsn < self.running.since_lsn)
            self.lsn = max(self.lsn, row.lsn)

    def _exposure(self, exposure: Exposure, *, before: bool) -> None:
        experiment = self.running.experiment
        arm = BEFORE if before else exposure.arms.get(experiment.name)
        unit = exposure.request_id if experiment.unit == "request" else exposure.units.get(experiment.unit)
        if arm is None or unit is None:
            return
        items = array("q", [hash(item) for item in exposure.items])
        outcome = Outcome(len(items), exposure.took_ms)
        answer = _Answer(unit, arm, outcome, items, exposure.offset, tuple(exposure.teams))
        self._answers[exposure.request_id] = self._last[unit, before] = answer

    def _event(self, event: Event, *, before: bool) -> None:
        answer = self._answer_of(event, before=before)
        if answer is None:
            return
        if event.type in CONVERTS:
            answer.outcome.conversions += 1
        elif event.type == CLICK and event.request_id is not None:
            place = answer.place_of(event)
            if place is not None:
                answer.outcome.clicks.add(place)

    def _answer_of(self, event: Event, *, before: bool) -> _Answer | None:
        """Return the answer an event belongs to: the one it names, or else the unit's last."""
        if event.request_id is not None:
            return self._answers.get(event.request_id)
        unit = {"user": event.user, "session": event.session, "device": event.device}
        known = unit.get(self.running.experiment.unit)
        return None if known is None else self._last.get((known, before))

    def num_searches(self, arm: str) -> int:
        """Return how many answers the arm gave."""
        return sum(answer.arm == arm for answer in self._answers.values())

    def sums(self, metric: str, arms: Sequence[str]) -> list[Sums]:
        """Return each arm's units with their sums of a metric, and those of before; units in id order."""
        now: dict[str, dict[str, list[float]]] = {arm: {} for arm in (*arms, BEFORE)}
        value = value_of(metric)
        for answer in self._answers.values():
            if answer.arm in now:
                now[answer.arm].setdefault(answer.unit, []).append(value(answer.outcome))
        past = {unit: _sum(values, metric) for unit, values in now[BEFORE].items()}
        return [_laid_out({u: _sum(v, metric) for u, v in now[arm].items()}, past) for arm in arms]

    def credits(self) -> list[list[tuple[int, int]]]:
        """Return by unit, for each answer, the clicks on the first arm's picks and on the second's."""
        told: dict[str, list[tuple[int, int]]] = {}
        for answer in self._answers.values():
            if answer.arm == BEFORE:
                continue
            picks = [answer.teams[place - 1] for place in answer.outcome.clicks if place <= len(answer.teams)]
            told.setdefault(answer.unit, []).append((picks.count(0), picks.count(1)))
        return [told[unit] for unit in sorted(told)]


def _sum(values: Sequence[float], metric: str) -> tuple[float, float]:
    return (float(any(values)), 1.0) if metric in PER_UNIT else (sum(values), float(len(values)))


def _laid_out(now: Mapping[str, tuple[float, float]], past: Mapping[str, tuple[float, float]]) -> Sums:
    units = sorted(now)
    rows = np.array([(*now[unit], *past.get(unit, (0.0, 0.0))) for unit in units], np.float64).reshape(-1, 4)
    return Sums(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3])
