"""The scheduler loses, doubles and starves nothing, whatever arrives, fails or is cancelled."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.worker.scheduler import BrokenSchedule, Budget, Fate, QueueFull, Scheduler
from tests.app.worker.arrivals import Arrivals
from tests.app.worker.tasks import task

if TYPE_CHECKING:
    from app.worker.task import Task

WIDE = Budget(16, 1000)
EVALUATION_S = 0.1


TestArrivals = Arrivals.TestCase
TestArrivals.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def keys(tasks: list[Task]) -> list[str]:
    """Return the job ids."""
    return [found.job_id for found in tasks]


def finish(scheduler: Scheduler, budget: Budget) -> list[str]:
    """Run everything that is in line and return job ids in the order they finished."""
    finished = []
    while len(scheduler):
        tasks = scheduler.schedule(budget)
        for found, fate in zip(tasks, scheduler.settle(tasks, [True] * len(tasks)), strict=True):
            finished += [found.job_id] if fate is Fate.FINISHED else []
    return finished


def test_earliest_deadline_goes_first() -> None:
    """Of tasks that came together, the one whose deadline is nearest runs first."""
    scheduler = Scheduler(10)
    for name, deadline in (("late", 20.0), ("none", None), ("soon", 5.0)):
        scheduler.add([task(name, deadline=deadline, caller=name)], 0.0, EVALUATION_S)
    assert finish(scheduler, Budget(2, 20))[0] == "soon"


def test_priority_orders_what_came_together() -> None:
    """A higher priority runs before a lower one, an earlier arrival before a later one."""
    scheduler = Scheduler(10)
    for name, priority in (("low", -1), ("first", 0), ("second", 0), ("high", 1)):
        scheduler.add([task(name, sigmas=(0.1,), priority=priority, caller=name)], 0.0, EVALUATION_S)
    assert [keys(scheduler.schedule(Budget(2, 20))) for _ in range(2)] == [
        ["high", "first"],
        ["second", "low"],
    ]


def test_a_more_urgent_arrival_preempts() -> None:
    """A task that has begun stands aside for one with a near deadline, and goes on where it stood."""
    scheduler = Scheduler(10)
    scheduler.add([task("slow", scale=2.0, sigmas=(1.0,) * 4, caller="a")], 0.0, EVALUATION_S)
    tasks = scheduler.schedule(Budget(2, 20))
    scheduler.settle(tasks, [True])
    scheduler.add([task("urgent", scale=2.0, sigmas=(1.0,), deadline=1.0, caller="b")], 0.5, EVALUATION_S)
    urgent = scheduler.schedule(Budget(2, 20))
    assert keys(urgent) == ["urgent"]
    scheduler.settle(urgent, [True])
    (resumed,) = scheduler.schedule(Budget(2, 20))
    assert (resumed.job_id, resumed.position) == ("slow", 1)


def test_who_queues_much_waits_behind_who_queues_little() -> None:
    """One caller's fifty tasks do not keep another caller's single later task waiting."""
    scheduler = Scheduler(100)
    scheduler.add(
        [task("flood", i, sigmas=(0.1,) * 10, caller="greedy") for i in range(50)], 0.0, EVALUATION_S
    )
    scheduler.add([task("single", sigmas=(0.1,) * 10, caller="modest")], 0.05, EVALUATION_S)
    assert finish(scheduler, Budget(2, 20)).index("single") <= 3


def test_deadlines_do_not_buy_a_flood_the_front() -> None:
    """A deadline makes a task no more urgent than its caller's fair start."""
    scheduler = Scheduler(100)
    flood = [task("flood", i, sigmas=(0.1,) * 10, caller="greedy", deadline=0.1) for i in range(50)]
    scheduler.add(flood, 0.0, EVALUATION_S)
    scheduler.add([task("single", sigmas=(0.1,) * 10, caller="modest", deadline=5.0)], 0.0, EVALUATION_S)
    assert finish(scheduler, Budget(2, 20)).index("single") <= 7


def test_unlike_token_counts_share_a_call() -> None:
    """Pictures of different sizes are made together as long as their tokens fit."""
    scheduler = Scheduler(10)
    for name, num_tokens in (("small", 10), ("large", 40), ("small too", 10)):
        scheduler.add([task(name, num_tokens=num_tokens, sigmas=(0.1,))], 0.0, EVALUATION_S)
    assert keys(scheduler.schedule(Budget(16, 25))) == ["small", "small too"]
    assert keys(scheduler.schedule(Budget(16, 25))) == ["large"]
    assert keys(scheduler.schedule(WIDE)) == []


def test_tokens_bound_the_call_too() -> None:
    """Long rows are fewer: 100 tokens hold two rows of 40."""
    scheduler = Scheduler(10)
    scheduler.add([task("a", i, num_tokens=40) for i in range(3)], 0.0, EVALUATION_S)
    assert len(scheduler.schedule(Budget(16, 100))) == 2


def test_a_task_bigger_than_the_budget_is_called_alone() -> None:
    """What needs more rows or tokens than a call should hold still comes to its turn."""
    scheduler = Scheduler(10)
    scheduler.add([task("big", scale=3.0, weak_scale=2.0, sigmas=(1.0,), num_tokens=500)], 0.0, EVALUATION_S)
    scheduler.add([task("small")], 1.0, EVALUATION_S)
    assert keys(scheduler.schedule(Budget(2, 100))) == ["big"]
    assert keys(scheduler.schedule(Budget(2, 100))) == ["small"]


def test_a_full_line_takes_all_or_none() -> None:
    """Tasks that do not all fit are all refused, and room is given back by those that finish."""
    scheduler = Scheduler(2)
    scheduler.add([task("a", sigmas=(0.1,))], 0.0, EVALUATION_S)
    with pytest.raises(QueueFull):
        scheduler.add([task("b", 0), task("b", 1)], 0.0, EVALUATION_S)
    assert len(scheduler) == 1
    finish(scheduler, WIDE)
    scheduler.add([task("b", 0), task("b", 1)], 0.0, EVALUATION_S)
    assert scheduler.remaining == 6


def test_a_task_cannot_be_in_line_twice() -> None:
    """The same job and index is refused, and so is a task without work."""
    scheduler = Scheduler(9)
    scheduler.add([task("a")], 0.0, EVALUATION_S)
    for wrong in ([task("a")], [task("b"), task("b")], [task("c", position=3)]):
        with pytest.raises(ValueError, match="a task is new"):
            scheduler.add(wrong, 0.0, EVALUATION_S)
    scheduler.check()


def test_cancel_frees_the_rows_of_the_next_call() -> None:
    """A cancelled job is in no later call; its rows go to who waited."""
    scheduler = Scheduler(10)
    scheduler.add([task("a", 0), task("a", 1)], 0.0, EVALUATION_S)
    scheduler.add([task("b")], 1.0, EVALUATION_S)
    tasks = scheduler.schedule(Budget(2, 20))
    assert keys(tasks) == ["a", "a"]
    scheduler.cancel("a")
    assert scheduler.settle(tasks, [True, True]) == [Fate.CANCELLED] * 2
    assert keys(scheduler.schedule(Budget(2, 20))) == ["b"]
    scheduler.check()


def test_released_tasks_stand_where_they_stood() -> None:
    """A call that did not happen costs nothing, and cancelling meanwhile still counts."""
    scheduler = Scheduler(10)
    scheduler.add([task("a")], 0.0, EVALUATION_S)
    scheduler.add([task("b")], 0.0, EVALUATION_S)
    tasks = scheduler.schedule(WIDE)
    scheduler.cancel("b")
    scheduler.release(tasks)
    assert [(found.job_id, found.position) for found in scheduler.schedule(WIDE)] == [("a", 0)]
    assert scheduler.remaining == 3
    scheduler.check()


def test_settling_what_was_not_scheduled_is_a_mistake() -> None:
    """Only tasks inside a call can come back from it."""
    scheduler = Scheduler(10)
    waiting = task("a")
    scheduler.add([waiting], 0.0, EVALUATION_S)
    with pytest.raises(ValueError, match="no call"):
        scheduler.settle([waiting], [True])


def test_expired_tasks_leave_once() -> None:
    """At its deadline a task leaves the line, and a successor of the same name is not taken for it."""
    scheduler = Scheduler(10)
    scheduler.add([task("a", deadline=5.0), task("b", deadline=9.0)], 0.0, EVALUATION_S)
    assert keys(scheduler.expire(4.9)) == []
    assert keys(scheduler.expire(5.0)) == ["a"]
    scheduler.cancel("b")
    scheduler.add([task("b", deadline=50.0)], 6.0, EVALUATION_S)
    assert keys(scheduler.expire(10.0)) == []
    scheduler.check()


def test_check_finds_a_lost_evaluation() -> None:
    """The integrity check sees a task that somebody else moved."""
    scheduler = Scheduler(10)
    moved = task("a")
    scheduler.add([moved], 0.0, EVALUATION_S)
    moved.position += 1
    with pytest.raises(BrokenSchedule, match="miscounted"):
        scheduler.check()


@settings(max_examples=12, deadline=None)
@given(st.integers(-1, 10), st.integers(2, 4))
def test_nobody_starves_under_a_stream_of_urgent_newcomers(priority: int, rows: int) -> None:
    """A task finishes although a more urgent newcomer arrives at every call, for ever."""
    scheduler = Scheduler(10_000)
    scheduler.add([task("patient", priority=priority, caller="patient")], 0.0, EVALUATION_S)
    now = 0.0
    for call in range(20_000):
        now += EVALUATION_S
        for i in range(rows):
            newcomer = task(f"{call}/{i}", sigmas=(0.1,), priority=10, deadline=now, caller=f"{call}/{i}")
            scheduler.add([newcomer], now, EVALUATION_S)
        tasks = scheduler.schedule(Budget(rows, 10 * rows))
        scheduler.settle(tasks, [True] * len(tasks))
        if tasks[0].job_id == "patient" and tasks[0].is_done:
            break
        if call % 500 == 0:
            scheduler.check()
        for i in range(rows):
            scheduler.cancel(f"{call}/{i}")
    patience = 30.0 * 2.0 ** (-priority / 2)
    assert now <= patience + 5 * EVALUATION_S


def test_scheduling_needs_neither_torch_nor_numpy() -> None:
    """Importing scheduler and task loads no tensor library."""
    script = (
        "import sys, app.worker.scheduler, app.worker.task, app.worker.recipe;"
        "print(*sorted({'torch', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
