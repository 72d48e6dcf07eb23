"""Decides which tasks share the next model call; knows exact costs and never sees a tensor."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.worker.task import Key, Task

PATIENCE_S = (
    30.0  # how long a task of priority 0 lets newcomers with deadlines pass; halved every 2 priorities
)


class QueueFull(Exception):
    """There is no room for these tasks."""


class BrokenSchedule(Exception):
    """An invariant does not hold: a defect of this file."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one model call may hold: rows of the denoiser and their tokens. One task always fits."""

    rows: int
    tokens: int


class Fate(StrEnum):
    """What became of a task that took part in a call."""

    ADVANCED = "advanced"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Place:
    """A task's place in line: earliest due first, then first come."""

    task: Task
    due: float
    arrival: int
    rows_out: int = 0
    is_cancelled: bool = False

    @property
    def order(self) -> tuple[float, int]:
        """What the line is sorted by."""
        return self.due, self.arrival


class Scheduler:
    """Earliest due first, due = fair start + min(patience, time to the deadline).

    The fair start of a caller's task is now, or the end of what the caller has already queued when
    that is later (start-time fair queueing, Goyal et al. 1996): who queues much waits behind who
    queues little. Patience shrinks with priority. Since nobody's due lies before its arrival, a
    task waits at most for what came before its own due: none starves. Every call chooses afresh,
    so a task may pause while a more urgent one passes.
    """

    def __init__(self, max_tasks: int, patience_s: float = PATIENCE_S) -> None:
        self._max_tasks = max_tasks
        self._patience_s = patience_s
        self._places: dict[Key, Place] = {}
        self._line: list[Place] = []
        self._deadlines: list[tuple[float, int, Key]] = []
        self._fair_starts: dict[str, float] = {}
        self._callers: Counter[str] = Counter()
        self._arrivals = 0
        self._admitted = 0
        self._done = 0
        self._dropped = 0
        self.remaining = 0  # evaluations

    def __len__(self) -> int:
        return len(self._places)

    @property
    def num_out(self) -> int:
        """Tasks that take part in the model call of this moment."""
        return sum(place.rows_out > 0 for place in self._line)

    def add(self, tasks: Sequence[Task], now: float, seconds_per_evaluation: float) -> None:
        """Put tasks in line, all or none. Raises QueueFull; ValueError for a task already in line."""
        if len(self._places) + len(tasks) > self._max_tasks:
            raise QueueFull(f"{len(self._places)} tasks wait, {len(tasks)} more would pass {self._max_tasks}")
        keys = {task.key for task in tasks}
        if len(keys) < len(tasks) or keys & self._places.keys() or any(task.is_done for task in tasks):
            raise ValueError("a task is new, named once, and has something to do")
        for task in tasks:
            self._admit(task, now, seconds_per_evaluation)

    def schedule(self, budget: Budget) -> list[Task]:
        """Choose the tasks of the next call: the most urgent, then what fits beside it in order.

        The first is chosen whatever it needs, so that none is too big to be made. Each chosen task must
        come back through `settle` or `release` before it is chosen again.
        """
        chosen: list[Place] = []
        rows, tokens = budget.rows, budget.tokens
        for place in self._line:
            needed = place.task.rows_needed, place.task.tokens_needed
            if place.rows_out or (chosen and (needed[0] > rows or needed[1] > tokens)):
                continue
            place.rows_out = needed[0]
            rows, tokens = rows - needed[0], tokens - needed[1]
            chosen.append(place)
            if rows <= 0 or tokens <= 0:
                break
        return [place.task for place in chosen]

    def settle(self, tasks: Sequence[Task], succeeded: Sequence[bool]) -> list[Fate]:
        """Take tasks back after their call; one that succeeded is an evaluation further."""
        return [self._settle(self._returned(task), ok) for task, ok in zip(tasks, succeeded, strict=True)]

    def release(self, tasks: Sequence[Task]) -> None:
        """Take tasks back whose call did not happen: they stand where they stood."""
        for task in tasks:
            place = self._returned(task)
            if place.is_cancelled:
                self._leave(place)

    def cancel(self, job_id: str) -> list[Task]:
        """Take a job's tasks out of line; one inside a call leaves when it comes back."""
        found = [place for place in self._line if place.task.job_id == job_id]
        for place in found:
            place.is_cancelled = True
            if not place.rows_out:
                self._leave(place)
        return [place.task for place in found]

    def expire(self, now: float) -> list[Task]:
        """Take tasks out of line whose deadline has come; call it between model calls."""
        late = []
        while self._deadlines and self._deadlines[0][0] <= now:
            _, arrival, key = heapq.heappop(self._deadlines)
            place = self._places.get(key)
            if place is not None and place.arrival == arrival:
                self._leave(place)
                late.append(place.task)
        return late

    def check(self) -> None:
        """Raise BrokenSchedule unless nothing is lost, doubled or miscounted. Any moment is a good one."""
        if [place.order for place in self._line] != sorted(place.order for place in self._places.values()):
            raise BrokenSchedule("the line and the tasks differ")
        if any(place.task.is_done for place in self._line):
            raise BrokenSchedule("a finished task is still in line")
        if self.remaining != sum(place.task.remaining for place in self._line):
            raise BrokenSchedule("remaining evaluations are miscounted")
        if self._admitted != self.remaining + self._done + self._dropped:
            raise BrokenSchedule("evaluations were lost or doubled")
        if self._callers != Counter(place.task.caller for place in self._line):
            raise BrokenSchedule("callers are miscounted")
        if self._fair_starts.keys() != self._callers.keys():
            raise BrokenSchedule("a caller who left is remembered, or one in line is not")

    def _admit(self, task: Task, now: float, seconds_per_evaluation: float) -> None:
        start = max(now, self._fair_starts.get(task.caller, now))
        self._fair_starts[task.caller] = start + task.remaining * seconds_per_evaluation
        place = Place(task, start + self._patience(task, start), self._arrivals)
        self._arrivals += 1
        self._places[task.key] = place
        insort(self._line, place, key=lambda other: other.order)
        if task.deadline is not None:
            heapq.heappush(self._deadlines, (task.deadline, place.arrival, task.key))
        self._callers[task.caller] += 1
        self._admitted += task.remaining
        self.remaining += task.remaining

    def _patience(self, task: Task, start: float) -> float:
        patience: float = self._patience_s * 2.0 ** (-task.priority / 2)
        return patience if task.deadline is None else min(patience, max(0.0, task.deadline - start))

    def _returned(self, task: Task) -> Place:
        place = self._places.get(task.key)
        if place is None or place.task is not task or not place.rows_out:
            raise ValueError(f"{task.key} takes part in no call")
        place.rows_out = 0
        return place

    def _settle(self, place: Place, succeeded: bool) -> Fate:
        if place.is_cancelled or not succeeded:
            self._leave(place)
            return Fate.CANCELLED if place.is_cancelled else Fate.FAILED
        place.task.rows_done += place.task.rows_needed
        place.task.position += 1
        self._done += 1
        self.remaining -= 1
        if place.task.is_done:
            self._leave(place)
            return Fate.FINISHED
        return Fate.ADVANCED

    def _leave(self, place: Place) -> None:
        task = place.task
        del self._places[task.key]
        del self._line[bisect_left(self._line, place.order, key=lambda other: other.order)]
        self.remaining -= task.remaining
        self._dropped += task.remaining
        self._callers[task.caller] -= 1
        if not self._callers[task.caller]:
            del self._callers[task.caller]
            del self._fair_starts[task.caller]
