"""Counts what came of an experiment's answers, unit by unit."""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from app.experiments.metrics import PER_UNIT, Outcome, value_of
from app.experiments.ratio import Sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.domain.events import Event
    from app.domain.exposures import Exposure
    from app.experiments.view import Running

CLICK = "click"
CONVERTS = frozenset({"purchase", "convert"})
BEFORE = ""  # stands for the arm of what a unit saw before the experiment began
WAITING = 10_000  # events kept until the answer they name is known; exposures are written in batches


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
        if event.item is None:
            return event.position
        key = hash(event.item)
        return self.offset + self.items.index(key) + 1 if key in self.items else None

    def picks(self) -> tuple[int, int]:
        """Return the clicks on the first arm's picks and on the second's."""
        places = [place - self.offset - 1 for place in self.outcome.clicks]
        teams = [self.teams[place] for place in places if 0 <= place < len(self.teams)]
        return teams.count(0), teams.count(1)


@dataclass(slots=True)
class Tally:
    """What one experiment's units did since it began, and before.

    Exposures and events are given as they become known, in any order; an exposure counts once.
    `lsn` is the place of the newest event counted, `at` the moment of the newest exposure.
    """

    running: Running
    lsn: int = 0
    at: float = 0.0
    _answers: dict[str, _Answer | None] = field(default_factory=dict)
    _last: dict[str, _Answer] = field(default_factory=dict)  # a unit's newest answer since the beginning
    _waiting: deque[Event] = field(default_factory=lambda: deque(maxlen=WAITING))

    def add_exposures(self, exposures: Iterable[Exposure]) -> None:
        """Count answers; those that concern other units are only remembered not to be waited for."""
        for exposure in exposures:
            self.at = max(self.at, exposure.at)
            if exposure.request_id not in self._answers:
                self._answers[exposure.request_id] = answer = self._answer(exposure)
                if answer is not None and answer.arm != BEFORE:
                    self._last[answer.unit] = answer
        late, self._waiting = self._waiting, deque(maxlen=WAITING)
        for event in late:
            self._count(event)

    def add_events(self, events: Iterable[tuple[int, Event]]) -> None:
        """Count events, each with its place in the log; those at or below `lsn` are in already."""
        for lsn, event in events:
            if lsn > self.lsn:
                self.lsn = lsn
                self._count(event)

    def _answer(self, exposure: Exposure) -> _Answer | None:
        experiment = self.running.experiment
        is_before = exposure.at < self.running.since_at
        arm = BEFORE if is_before else exposure.arms.get(experiment.name)
        units = {
            "user": exposure.user,
            "session": exposure.session,
            "device": exposure.device,
            "request": exposure.request_id,
        }
        unit = units[experiment.unit]
        if arm is None or unit is None:
            return None
        items = array("q", [hash(item) for item in exposure.items])
        outcome = Outcome(exposure.total, exposure.took_ms)
        return _Answer(unit, arm, outcome, items, exposure.offset, exposure.teams)

    def _count(self, event: Event) -> None:
        if event.request_id is not None and event.request_id not in self._answers:
            self._waiting.append(event)
            return
        answer = self._answer_of(event)
        if answer is None:
            return
        if event.type in CONVERTS:
            answer.outcome.conversions += 1
        elif event.type == CLICK and event.request_id is not None:
            place = answer.place_of(event)
            if place is not None:
                answer.outcome.clicks.add(place)

    def _answer_of(self, event: Event) -> _Answer | None:
        """Return the answer an event belongs to: the one it names, or else the unit's newest."""
        if event.request_id is not None:
            return self._answers[event.request_id]
        units = {"user": event.user, "session": event.session, "device": event.device}
        return self._last.get(units.get(self.running.experiment.unit) or "")

    def num_searches(self, arm: str) -> int:
        """Return how many answers the arm gave."""
        return sum(answer is not None and answer.arm == arm for answer in self._answers.values())

    def sums(self, metric: str, arms: Sequence[str]) -> list[Sums]:
        """Return each arm's units with their sums of a metric, and those of before; units in id order."""
        now: dict[str, dict[str, list[float]]] = {arm: {} for arm in (*arms, BEFORE)}
        value = value_of(metric)
        for answer in self._answers.values():
            if answer is not None and answer.arm in now:
                now[answer.arm].setdefault(answer.unit, []).append(value(answer.outcome))
        past = {unit: _sum(values, metric) for unit, values in now[BEFORE].items()}
        return [_laid_out({u: _sum(v, metric) for u, v in now[arm].items()}, past) for arm in arms]

    def credits(self) -> list[list[tuple[int, int]]]:
        """Return by unit, for each drafted answer, the clicks on the first arm's picks and the second's."""
        told: dict[str, list[tuple[int, int]]] = {}
        for answer in self._answers.values():
            if answer is not None and answer.arm != BEFORE:
                told.setdefault(answer.unit, []).append(answer.picks())
        return [told[unit] for unit in sorted(told)]


def _sum(values: Sequence[float], metric: str) -> tuple[float, float]:
    return (float(any(values)), 1.0) if metric in PER_UNIT else (sum(values), float(len(values)))


def _laid_out(now: Mapping[str, tuple[float, float]], past: Mapping[str, tuple[float, float]]) -> Sums:
    units = sorted(now)
    rows = np.array([(*now[unit], *past.get(unit, (0.0, 0.0))) for unit in units], np.float64).reshape(-1, 4)
    return Sums(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3])
