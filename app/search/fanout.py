"""Fires every planned branch at once and waits for each to its own deadline, never longer."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from app.domain.errors import Unavailable
from app.domain.search import BranchReport
from app.ranking.lists import BranchList
from app.search.courier import Couriers
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
REMEMBERED = 256
PATIENCE_S = 0.005  # how long the event loop stands still for quick branches, whatever they do
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


@dataclass(slots=True)
class _Asked:
    """What every branch of one search is given; `prepared` gains the vectors that were waited for."""

    collection: Collection
    prepared: Prepared
    mask: Mask | None
    started: float


_End: TypeAlias = "asyncio.Task[_Outcome] | Future[_Outcome]"


class Fanout:
    """Runs branches on threads for one event loop.

    Branches in memory that were quick lately go together to one thread, and the loop waits for them in
    place, at most `patience_s` and never past the nearest of their deadlines. What is not done then is
    waited for like every other branch, which the pool runs: each to its own deadline, while the loop
    turns. A thread cannot be stopped: a branch with `max_late` calls still running past their deadline
    is skipped until one of them ends, so that a stuck branch never takes more threads than that.
    """

    def __init__(
        self,
        branches: Mapping[str, Branch],
        executor: Executor,
        clock: Callable[[], float],
        max_late: int = MAX_LATE_CALLS,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._branches = branches
        self._executor = executor
        self._clock = clock
        self._max_late = max_late
        self._patience_s = patience_s
        self._quick = Quick()
        self._couriers = Couriers()
        self._late: Counter[str] = Counter()
        self._lock = Lock()  # guards _late, which other threads count down

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
        asked = _Asked(collection, prepared, mask, self._clock())
        fired = [one for one in plan if one.why is None and self._late.get(one.name, 0) < self._max_late]
        begun = self._in_place(fired, asked)
        ends: dict[str, _End] = dict(begun)
        tasks = {
            one.name: asyncio.create_task(self._run(one, asked, begun.get(one.name), encode))
            for one in fired
            if one.name not in begun or not begun[one.name].done()
        }
        if tasks:
            try:
                await self._wait(plan, tasks, asked.started)
            finally:
                for task in tasks.values():
                    task.cancel()
            ends.update(tasks)
        reports = tuple([self._report(one, ends.get(one.name)) for one in plan])
        _refuse_silence(reports)
        return Recall(tuple(self._lists(plan, ends, asked)), reports)

    def _in_place(self, fired: Sequence[PlannedBranch], asked: _Asked) -> dict[str, Future[_Outcome]]:
        """Have the quick ones called while the loop waits, and return what was begun."""
        quick = [one for one in fired if self._is_quick(one, asked.prepared)]
        if not quick:
            return {}
        wait_s = min([self._patience_s, *(one.deadline_ms / 1_000 for one in quick)])
        jobs = self._couriers.run([self._call(one, asked) for one in quick], wait_s)
        if jobs is None:
            return {}
        begun = {}
        for one, job in zip(quick, jobs, strict=True):
            if not job.cancel():  # whose turn had not come is begun anew, on the pool
                begun[one.name] = job
                if not job.done() and wait_s >= self._patience_s:
                    self._quick.overran(one.name)
        return begun

    def _is_quick(self, one: PlannedBranch, prepared: Prepared) -> bool:
        branch = self._branches[one.name]
        has_vector = branch.space is None or branch.space in prepared.vectors
        return branch.in_memory and has_vector and self._quick.admits(one.name)

    def _call(self, one: PlannedBranch, asked: _Asked) -> Callable[[], _Outcome]:
        branch = self._branches[one.name]
        recall = partial(branch.recall, asked.collection, asked.prepared, one.depth, asked.mask)

        def call() -> _Outcome:
            matches = self._quick.timed(one.name, recall)
            return _Outcome(matches, (self._clock() - asked.started) * 1_000)

        return call

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
        self, one: PlannedBranch, asked: _Asked, job: Future[_Outcome] | None, encode: Encode
    ) -> _Outcome:
        """Return what the branch gives: from a job that runs already, or from one on the pool."""
        if job is None:
            space, prepared = self._branches[one.name].space, asked.prepared
            if space is not None and space not in prepared.vectors:
                vector = await encode(space, prepared.query)
                asked.prepared = replace(asked.prepared, vectors={**asked.prepared.vectors, space: vector})
            job = self._executor.submit(self._call(one, asked))
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:  # which also takes the job out of the pool's queue
            self._count_late(one.name, job)
            raise

    def _count_late(self, name: str, job: Future[_Outcome]) -> None:
        """Count a job as late until its thread ends; one that never started is none."""
        if job.cancelled():
            return
        with self._lock:
            self._late[name] += 1
        job.add_done_callback(lambda _: self._ended(name))

    def _ended(self, name: str) -> None:
        with self._lock:
            self._late[name] -= 1

    def _report(self, one: PlannedBranch, end: _End | None) -> BranchReport:
        if one.why is not None:
            return skipped(one.name, one.why)
        if end is None:
            return skipped(one.name, f"{self._max_late} earlier calls still run past their deadline")
        if end.cancelled() or not end.done():
            why = f"no answer within {one.deadline_ms:g} ms"
            return BranchReport(one.name, "late", 0, one.deadline_ms, why)
        if (error := end.exception()) is not None:
            log.warning("the branch %s failed", one.name, exc_info=error)
            return BranchReport(one.name, "failed", 0, 0.0, f"{type(error).__name__}: {error}")
        outcome = end.result()
        return BranchReport(one.name, "ok", len(outcome.matches.ordinals), outcome.took_ms)

    def _lists(
        self, plan: Sequence[PlannedBranch], ends: Mapping[str, _End], asked: _Asked
    ) -> list[BranchList]:
        lists = []
        for one in plan:
            end = ends.get(one.name)
            if end is not None and _answered(end):
                branch, matches = self._branches[one.name], end.result().matches
                score = getattr(branch, "score", None)
                complete = None if score is None else partial(score, asked.collection, asked.prepared)
                lists.append(
                    BranchList(one.name, one.weight, matches, branch.floor, branch.ceiling, complete)
                )
        return lists


# Most branches are skipped in most searches, each for one of a few reasons.
@lru_cache(REMEMBERED)
def skipped(name: str, why: str) -> BranchReport:
    """Return the report of a branch that was not fired."""
    return BranchReport(name, "skipped", 0, 0.0, why)


def _answered(end: _End) -> bool:
    return end.done() and not end.cancelled() and end.exception() is None


def _refuse_silence(reports: Sequence[BranchReport]) -> None:
    silent = [one for one in reports if one.status in {"late", "failed"}]
    if silent and not any(one.status == "ok" for one in reports):
        why = "; ".join(f"{one.name} {one.status}: {one.why}" for one in silent)
        raise Unavailable(f"no branch answered ({why})")
