"""Fires every planned branch at once and waits for each to its own deadline, never longer."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from app.domain.errors import Unavailable
from app.domain.search import BranchReport
from app.ranking.lists import BranchList
from app.search.quick import Quick

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from concurrent.futures import Executor, Future

    from app.search.collection import Collection
    from app.search.encoding import Vector
    from app.search.types import Branch, PlannedBranch, Prepared
    from indexes.types import Mask, Matches

    Encode: TypeAlias = Callable[[str, str], Awaitable[Vector]]

MAX_LATE_CALLS = 2
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recall:
    """What the branches gave: lists of those that answered, and a report of every one."""

    lists: tuple[BranchList, ...]
    reports: tuple[BranchReport, ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    matches: Matches
    took_ms: float


class Fanout:
    """Runs branches on a thread pool for one event loop.

    A branch in memory that lately took less than a hop to a thread costs is called in place. A thread
    cannot be stopped: a branch with `max_late` calls still running past their deadline is
    skipped until one of them ends, so that a stuck branch never takes a pool larger than that.
    """

    def __init__(
        self,
        branches: Mapping[str, Branch],
        executor: Executor,
        clock: Callable[[], float],
        max_late: int = MAX_LATE_CALLS,
    ) -> None:
        self._branches = branches
        self._executor = executor
        self._clock = clock
        self._max_late = max_late
        self._quick = Quick()
        self._late: Counter[str] = Counter()
        self._lock = Lock()  # guards _late, which pool threads count down

    async def recall(
        self,
        plan: Sequence[PlannedBranch],
        collection: Collection,
        prepared: Prepared,
        mask: Mask | None,
        encode: Encode,
    ) -> Recall:
        """Return what came in time. Raises Unavailable when branches were fired and none answered.

        `encode` turns (space, text) into a vector; only branches that need one wait, on their own time.
        """
        started = self._clock()
        tasks = {
            one.name: asyncio.create_task(self._run(one, collection, prepared, mask, encode, started))
            for one in plan
            if one.why is None and self._late[one.name] < self._max_late
        }
        try:
            await self._wait(plan, tasks, started)
        finally:
            for task in tasks.values():
                task.cancel()
        reports = tuple(self._report(one, tasks.get(one.name)) for one in plan)
        _refuse_silence(reports)
        return Recall(tuple(self._lists(plan, tasks)), reports)

    async def _wait(
        self, plan: Sequence[PlannedBranch], tasks: Mapping[str, asyncio.Task[_Outcome]], started: float
    ) -> None:
        """Wait for all tasks, dropping each from the wait as its deadline passes."""
        deadlines = sorted((one.deadline_ms, one.name) for one in plan if one.name in tasks)
        for deadline_ms, _ in deadlines:
            waiting = [tasks[name] for limit, name in deadlines if limit >= deadline_ms]
            waiting = [task for task in waiting if not task.done()]
            left_s = deadline_ms / 1_000 - (self._clock() - started)
            if waiting:
                await asyncio.wait(waiting, timeout=max(left_s, 0.0))
            for limit, name in deadlines:
                if limit <= deadline_ms:
                    tasks[name].cancel()  # without effect on one that is done

    async def _run(
        self,
        one: PlannedBranch,
        collection: Collection,
        prepared: Prepared,
        mask: Mask | None,
        encode: Encode,
        started: float,
    ) -> _Outcome:
        branch = self._branches[one.name]
        if branch.space is not None and branch.space not in prepared.vectors:
            vector = await encode(branch.space, prepared.query)
            prepared = replace(prepared, vectors={**prepared.vectors, branch.space: vector})
        call = partial(branch.recall, collection, prepared, one.depth, mask)
        if branch.in_memory and self._quick.admits(one.name):
            return _Outcome(self._quick.timed(one.name, call), (self._clock() - started) * 1_000)
        job = self._executor.submit(self._quick.timed, one.name, call)
        try:
            matches = await asyncio.wrap_future(job)
        except asyncio.CancelledError:  # which also takes the job out of the pool's queue
            self._count_late(one.name, job)
            raise
        return _Outcome(matches, (self._clock() - started) * 1_000)

    def _count_late(self, name: str, job: Future[Matches]) -> None:
        """Count a job as late until its thread ends; one that never started is none."""
        if job.cancelled():
            return
        with self._lock:
            self._late[name] += 1
        job.add_done_callback(lambda _: self._ended(name))

    def _ended(self, name: str) -> None:
        with self._lock:
            self._late[name] -= 1

    def _report(self, one: PlannedBranch, task: asyncio.Task[_Outcome] | None) -> BranchReport:
        if one.why is not None:
            return BranchReport(one.name, "skipped", 0, 0.0, one.why)
        if task is None:
            why = f"{self._max_late} earlier calls still run past their deadline"
            return BranchReport(one.name, "skipped", 0, 0.0, why)
        if task.cancelled() or not task.done():
            why = f"no answer within {one.deadline_ms:g} ms"
            return BranchReport(one.name, "late", 0, one.deadline_ms, why)
        if (error := task.exception()) is not None:
            log.warning("the branch %s failed", one.name, exc_info=error)
            return BranchReport(one.name, "failed", 0, 0.0, f"{type(error).__name__}: {error}")
        outcome = task.result()
        return BranchReport(one.name, "ok", len(outcome.matches.ordinals), outcome.took_ms)

    def _lists(
        self, plan: Sequence[PlannedBranch], tasks: Mapping[str, asyncio.Task[_Outcome]]
    ) -> list[BranchList]:
        lists = []
        for one in plan:
            if one.name in tasks and _answered(tasks[one.name]):
                branch, matches = self._branches[one.name], tasks[one.name].result().matches
                lists.append(BranchList(one.name, one.weight, matches, branch.floor, branch.ceiling))
        return lists


def _answered(task: asyncio.Task[_Outcome]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _refuse_silence(reports: Sequence[BranchReport]) -> None:
    silent = [one for one in reports if one.status in {"late", "failed"}]
    if silent and not any(one.status == "ok" for one in reports):
        why = "; ".join(f"{one.name} {one.status}: {one.why}" for one in silent)
        raise Unavailable(f"no branch answered ({why})")
