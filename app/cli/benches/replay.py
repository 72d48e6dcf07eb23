"""Plays a stream of requests against a contender, on a clock that counts only the seconds it computes."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from app.domain.jobs import EventType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.cli.benches.contenders import Contender
    from app.cli.benches.stream import Arrival


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of a stream: seconds on the replay's clock, counted from each arrival.

    latencies: of each picture, increasing. previews: until each first preview, increasing.
    cancels: from a cancel until the call that still held the row was over. seconds: of everything.
    """

    latencies: tuple[float, ...]
    previews: tuple[float, ...]
    cancels: tuple[float, ...]
    seconds: float
    num_calls: int

    @property
    def rate(self) -> float:
        """Pictures a second."""
        return len(self.latencies) / self.seconds


@dataclass(slots=True)
class Replay:
    """The clock starts at 0 and moves by what a turn takes; when nobody waits it leaps to who comes next."""

    contender: Contender
    timer: Callable[[], float]
    now: float = 0.0
    came: dict[str, float] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)
    made: dict[str, float] = field(default_factory=dict)
    cancels: list[float] = field(default_factory=list)

    def play(self, arrivals: Sequence[Arrival]) -> Figures:
        """Play all of it and return what came of it."""
        calls_before = self.contender.num_calls
        coming = sorted(arrivals, key=lambda arrival: arrival.at)[::-1]  # the last is the next
        leaving = sorted(
            (
                (arrival.gives_up_at, arrival.order.job_id)
                for arrival in arrivals
                if arrival.gives_up_at is not None
            ),
            reverse=True,
        )
        while coming or self.contender.has_work:
            if not self.contender.has_work:
                self.now = max(self.now, coming[-1].at)
            while coming and coming[-1].at <= self.now:
                arrival = coming.pop()
                self.came[arrival.order.job_id] = arrival.at
                self.contender.submit(arrival.order)
            while leaving and leaving[-1][0] <= self.now:
                self._cancel(*leaving.pop())
            if self.contender.has_work:
                self._turn()
        return self._figures(self.contender.num_calls - calls_before)

    def _cancel(self, at: float, job_id: str) -> None:
        if job_id in self.came and job_id not in self.made:
            self.contender.cancel(job_id)
            self.cancels.append(self.now - at)
            del self.came[job_id]

    def _turn(self) -> None:
        began = self.timer()
        events = self.contender.turn()
        self.now += self.timer() - began
        for event in events:
            if event.type is EventType.IMAGE:
                self.made[event.job_id] = self.now
            elif event.type is EventType.PARTIAL_IMAGE:
                self.shown.setdefault(event.job_id, self.now)

    def _figures(self, num_calls: int) -> Figures:
        return Figures(
            tuple(sorted(at - self.came[job] for job, at in self.made.items() if job in self.came)),
            tuple(sorted(at - self.came[job] for job, at in self.shown.items() if job in self.came)),
            tuple(sorted(self.cancels)),
            self.now,
            num_calls,
        )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the least of increasing values that `percent` of them do not pass (nearest rank); 0 of none."""
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0
