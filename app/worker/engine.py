"""Turns orders into pictures, a turn at a time: schedule, run, settle."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from app.domain.engine import EngineEvent
from app.domain.jobs import EventType
from app.worker.runner import OutOfMemory
from app.worker.scheduler import BrokenSchedule, Budget, Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from app.domain.engine import Order
    from app.worker.darkroom import Darkroom
    from app.worker.meter import Meter
    from app.worker.recipe import Recipe
    from app.worker.runner import Runner
    from app.worker.scheduler import Scheduler
    from app.worker.task import Task

TOO_LATE = "the deadline came before the first evaluation"
REFUSED_LATE = "the deadline came before the picture was finished"
GROW_AFTER = 200  # calls that went well before a budget that memory halved is tried whole again


class Engine:
    """One thread owns it. Pictures in the darkroom have left the scheduler and wait for decoding.

    clock: seconds since the epoch, what deadlines are measured by.
    timer: seconds, monotonic, what calls are measured by.
    """

    def __init__(
        self,
        runner: Runner,
        scheduler: Scheduler,
        darkroom: Darkroom,
        recipe: Recipe,
        meter: Meter,
        *,
        budget: Budget,
        clock: Callable[[], float],
        timer: Callable[[], float],
    ) -> None:
        self._runner = runner
        self._scheduler = scheduler
        self._darkroom = darkroom
        self._recipe = recipe
        self._meter = meter
        self._whole = self.budget = budget
        self._calm = 0
        self._clock = clock
        self._timer = timer
        self._open: Counter[str] = Counter()
        self._started: set[str] = set()

    @property
    def has_work(self) -> bool:
        """Whether a turn would do something."""
        return bool(len(self._scheduler) or len(self._darkroom))

    def submit(self, order: Order) -> None:
        """Put an order's pictures in line. Raises QueueFull, ValueError, UnknownNameError."""
        tasks = self._recipe.tasks(order)
        self._scheduler.add(tasks, self._clock(), self._meter.seconds_per_evaluation)
        self._open[order.job_id] += len(tasks)

    def cancel(self, job_id: str) -> list[EngineEvent]:
        """Give a job up: its rows are free at the next call. Unknown and finished jobs say nothing."""
        for task in (*self._scheduler.cancel(job_id), *self._darkroom.cancel(job_id)):
            self._runner.forget(task)
        if self._open.pop(job_id, 0) == 0:
            return []
        self._started.discard(job_id)
        return [EngineEvent(job_id, EventType.CANCELLED)]

    def turn(self) -> Iterator[list[EngineEvent]]:
        """Make one model call and decode what is due; yield what happened, first what is about to.

        What starts is told before the call, so that a call that kills the process has named its jobs.
        """
        began = self._timer()
        late = self._expire()
        tasks = self._scheduler.schedule(self.budget)
        yield late + self._start(tasks)
        events = self._settle(tasks, self._run(tasks)) if tasks else []
        events += self._develop()
        self._meter.count_time(self._timer() - began)
        if not (tasks and self.has_work):
            self._meter.rest()
        yield events

    def check(self) -> None:
        """Raise BrokenSchedule unless nothing is lost, doubled or miscounted, here and in the line."""
        self._scheduler.check()
        owed = sum(self._open.values())
        if owed != len(self._scheduler) + self._darkroom.num_pictures:
            raise BrokenSchedule(f"{owed} pictures are owed, and other than that many are in work")
        if len(self._runner) > len(self._scheduler):
            raise BrokenSchedule("tensors are kept of a task that has left")

    def gauges(self) -> dict[str, float]:
        """Return counts of what was executed and of what waits, by name."""
        meter = self._meter
        running = meter.last_tasks + len(self._darkroom)
        return {
            "waiting": max(0, len(self._scheduler) - meter.last_tasks),
            "running": running,
            "rows": meter.last_rows,
            "remaining_evaluations": self._scheduler.remaining,
            "calls_total": meter.calls,
            "rows_total": meter.rows,
            "evaluations_total": meter.evaluations,
            "pictures_total": meter.pictures,
            "previews_total": meter.previews,
            "halvings_total": meter.halvings,
            "budget_rows": self.budget.rows,
            "seconds_per_evaluation": meter.seconds_per_evaluation,
        }

    def _run(self, tasks: Sequence[Task]) -> list[str | None] | None:
        """Return each task's error, or None when the call did not fit and was not made."""
        rows = sum(task.rows_needed for task in tasks)
        try:
            errors = self._runner.run(tasks)
        except OutOfMemory:
            return self._shrink(tasks, rows)
        self._meter.count_call(rows, len(tasks), errors.count(None))
        self._calm += 1
        if self._calm >= GROW_AFTER:
            self.budget = self._whole
        return errors

    def _shrink(self, tasks: Sequence[Task], rows: int) -> list[str | None] | None:
        """Halve the budget to what the call held, or find the offender where nothing is left to halve."""
        self._calm = 0
        self._meter.halvings += 1
        if rows <= 2 or len(tasks) == 1:
            return self._runner.run_alone(tasks)
        self.budget = Budget(rows // 2, sum(task.tokens_needed for task in tasks) // 2)
        return None

    def _settle(self, tasks: Sequence[Task], errors: Sequence[str | None] | None) -> list[EngineEvent]:
        if errors is None:
            self._scheduler.release(tasks)
            return []
        fates = self._scheduler.settle(tasks, [error is None for error in errors])
        events = []
        for task, fate, error in zip(tasks, fates, errors, strict=True):
            if fate in {Fate.ADVANCED, Fate.FINISHED}:
                events.append(_told(task, EventType.PROGRESS))
            if fate is Fate.ADVANCED and task.preview_is_due:
                self._darkroom.add_preview(task, self._runner.estimate(task))
            elif fate is Fate.FINISHED:
                self._darkroom.add_picture(task, self._runner.result(task))
                self._runner.forget(task)
            elif fate is Fate.FAILED:
                events.append(self._fail(task, error or "unknown"))
        return events

    def _start(self, tasks: Iterable[Task]) -> list[EngineEvent]:
        fresh = [job for job in dict.fromkeys(task.job_id for task in tasks) if job not in self._started]
        self._started.update(fresh)
        return [EngineEvent(job_id, EventType.STARTED) for job_id in fresh]

    def _expire(self) -> list[EngineEvent]:
        """At the deadline the last estimate becomes the picture, or the task fails, as was asked."""
        events = []
        for task in self._scheduler.expire(self._clock()):
            if task.position and task.keeps_late:
                self._darkroom.add_picture(task, self._runner.estimate(task))
                self._runner.forget(task)
            else:
                events.append(self._fail(task, REFUSED_LATE if task.position else TOO_LATE))
        return events

    def _develop(self) -> list[EngineEvent]:
        events = []
        for event in self._darkroom.develop():
            self._meter.pictures += event.type is EventType.IMAGE
            self._meter.previews += event.type is EventType.PARTIAL_IMAGE
            if event.type is not EventType.PARTIAL_IMAGE:
                self._close(event.job_id)
            events.append(event)
        return events

    def _fail(self, task: Task, error: str) -> EngineEvent:
        self._runner.forget(task)
        self._darkroom.forget(task)
        self._close(task.job_id)
        return _told(task, EventType.FAILED, error)

    def _close(self, job_id: str) -> None:
        self._open[job_id] -= 1
        if not self._open[job_id]:
            del self._open[job_id]
            self._started.discard(job_id)


def _told(task: Task, kind: EventType, error: str | None = None) -> EngineEvent:
    return EngineEvent(
        task.job_id, kind, task.index, step=task.position, num_steps=task.num_steps, error=error
    )
