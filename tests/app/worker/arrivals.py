"""Plays random arrivals, calls, failures, cancels, expiries and memory shortages against a scheduler."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.worker.scheduler import Budget, Fate, QueueFull, Scheduler
from tests.app.worker.tasks import task

if TYPE_CHECKING:
    from app.worker.task import Key, Task

EVALUATION_S = 0.1


class Arrivals(RuleBasedStateMachine):
    """Random arrivals, calls, failures, cancels, expiries and memory shortages."""

    def __init__(self) -> None:
        super().__init__()
        self.scheduler = Scheduler(12)
        self.now = 0.0
        self.names = 0
        self.evaluations: Counter[Key] = Counter()
        self.waiting: dict[Key, Task] = {}
        self.out: list[Task] = []
        self.cancelled: set[str] = set()

    @rule(
        count=st.integers(1, 3),
        steps=st.integers(1, 5),
        scale=st.sampled_from([1.0, 3.0]),
        weak=st.sampled_from([0.0, 2.0]),
        tokens=st.sampled_from([10, 20, 70]),
        caller=st.sampled_from("ab"),
        priority=st.integers(-3, 3),
        deadline=st.none() | st.floats(0.1, 5.0),
    )
    def arrive(
        self,
        count: int,
        steps: int,
        scale: float,
        weak: float,
        tokens: int,
        caller: str,
        priority: int,
        deadline: float | None,
    ) -> None:
        self.names += 1
        late = None if deadline is None else self.now + deadline
        tasks = [
            task(
                f"job{self.names}",
                i,
                sigmas=(1.0,) * steps,
                scale=scale,
                weak_scale=weak,
                num_tokens=tokens,
                caller=caller,
                priority=priority,
                deadline=late,
            )
            for i in range(count)
        ]
        if len(self.waiting) + count > 12:
            with pytest.raises(QueueFull):
                self.scheduler.add(tasks, self.now, EVALUATION_S)
            return
        self.scheduler.add(tasks, self.now, EVALUATION_S)
        self.waiting |= {found.key: found for found in tasks}

    @precondition(lambda self: not self.out)
    @rule(rows=st.integers(2, 8))
    def schedule(self, rows: int) -> None:
        self.out = self.scheduler.schedule(Budget(rows, 20 * rows))
        assert bool(self.out) == bool(self.waiting), "a call is made whenever somebody waits"
        assert sum(found.rows_needed for found in self.out) <= rows or len(self.out) == 1
        assert sum(found.tokens_needed for found in self.out) <= 20 * rows or len(self.out) == 1
        assert len({found.key for found in self.out}) == len(self.out)

    @precondition(lambda self: self.out)
    @rule(draw=st.data())
    def settle(self, draw: st.DataObject) -> None:
        succeeded = [draw.draw(st.sampled_from([True, True, True, False])) for _ in self.out]
        fates = self.scheduler.settle(self.out, succeeded)
        for found, ok, fate in zip(self.out, succeeded, fates, strict=True):
            if found.job_id in self.cancelled:
                assert fate is Fate.CANCELLED
            elif not ok:
                assert fate is Fate.FAILED
            else:
                self.evaluations[found.key] += 1
                assert fate is (Fate.FINISHED if found.is_done else Fate.ADVANCED)
                assert self.evaluations[found.key] == found.position
            if fate is not Fate.ADVANCED:
                del self.waiting[found.key]
        self.out = []

    @precondition(lambda self: self.out)
    @rule()
    def run_out_of_memory(self) -> None:
        self.scheduler.release(self.out)
        for found in self.out:
            if found.job_id in self.cancelled:
                del self.waiting[found.key]
        self.out = []

    @precondition(lambda self: self.waiting)
    @rule(draw=st.data())
    def cancel(self, draw: st.DataObject) -> None:
        job_id = draw.draw(st.sampled_from(sorted(found.job_id for found in self.waiting.values())))
        self.cancelled.add(job_id)
        gone = self.scheduler.cancel(job_id)
        assert {found.key for found in gone} == {
            k for k, found in self.waiting.items() if found.job_id == job_id
        }
        out = {found.key for found in self.out}
        self.waiting = {k: v for k, v in self.waiting.items() if v.job_id != job_id or k in out}

    @precondition(lambda self: not self.out)
    @rule(passed=st.floats(0.0, 3.0))
    def expire(self, passed: float) -> None:
        self.now += passed
        due = {k for k, v in self.waiting.items() if v.deadline is not None and v.deadline <= self.now}
        assert {found.key for found in self.scheduler.expire(self.now)} == due
        self.waiting = {k: v for k, v in self.waiting.items() if k not in due}

    @invariant()
    def holds(self) -> None:
        self.scheduler.check()
        assert len(self.scheduler) == len(self.waiting)
        assert self.scheduler.num_out == len(self.out)
        assert self.scheduler.remaining == sum(found.remaining for found in self.waiting.values())
