"""Branches run at once; each has its deadline, and none can hold up or bring down the rest."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from app.domain.errors import Unavailable
from app.search.fanout import MAX_LATE_CALLS, Fanout, Recall
from app.search.types import PlannedBranch, Prepared
from tests.app.search.firing import COLLECTION, Steps, fire, planned, statuses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ranking.lists import BranchScores, Ordinals
    from app.search.collection import Collection
    from app.search.encoding import Vector
    from app.search.types import Branch
    from indexes.types import Mask, Matches


class Encoded(Steps):
    """A branch that needs a vector of the space `text`."""

    space: ClassVar[str | None] = "text"

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        assert prepared.vectors["text"].tolist() == [1.0]
        return super().recall(collection, prepared, depth, mask)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for one test."""
    with ThreadPoolExecutor(8) as executor:
        yield executor


def test_all_branches_run_at_once(pool: ThreadPoolExecutor) -> None:
    """A branch may wait for another to have started: they are fired together."""
    first, second = Steps(is_open=False), Steps()
    second.gate = first.gate
    both_started = threading.Barrier(3)
    first.started = second.started = both_started
    branches: dict[str, Branch] = {"first": first, "second": second}

    async def work() -> Recall:
        task = asyncio.create_task(fire(Fanout(branches, pool, time.monotonic), planned("first", "second")))
        await asyncio.to_thread(both_started.wait, 5)
        first.gate.set()
        return await task

    recall = asyncio.run(work())
    assert statuses(recall) == {"first": "ok", "second": "ok"}
    assert [one.name for one in recall.lists] == ["first", "second"]
    assert [report.num_hits for report in recall.reports] == [2, 2]


def test_a_late_branch_is_reported_and_not_awaited(pool: ThreadPoolExecutor) -> None:
    """The answer comes at the deadline without the late branch, and says so."""
    slow = Steps(is_open=False)
    fanout = Fanout({"fast": Steps(), "slow": slow}, pool, time.monotonic)
    started = time.monotonic()
    recall = asyncio.run(fire(fanout, [*planned("fast"), *planned("slow", deadline_ms=30)]))
    assert time.monotonic() - started < 3
    slow.gate.set()
    assert statuses(recall) == {"fast": "ok", "slow": "late"}
    assert recall.reports[1].why == "no answer within 30 ms"
    assert [one.name for one in recall.lists] == ["fast"]


def test_each_has_its_own_deadline(pool: ThreadPoolExecutor) -> None:
    """A branch past its deadline is late even when another one is still being waited for."""
    short, long = Steps(is_open=False), Steps(is_open=False)
    fanout = Fanout({"short": short, "long": long}, pool, time.monotonic)

    async def work() -> Recall:
        task = asyncio.create_task(
            fire(fanout, [*planned("long", deadline_ms=5_000), *planned("short", deadline_ms=20)])
        )
        await asyncio.sleep(0.2)
        short.gate.set()
        await asyncio.sleep(0.05)
        long.gate.set()
        return await task

    assert statuses(asyncio.run(work())) == {"long": "ok", "short": "late"}


def test_a_failed_branch_is_reported_beside_the_others(pool: ThreadPoolExecutor) -> None:
    """One failure costs only its own list, and its cause is told."""
    fanout = Fanout({"good": Steps(), "bad": Steps(error=OSError("disk"))}, pool, time.monotonic)
    recall = asyncio.run(fire(fanout, planned("bad", "good")))
    assert statuses(recall) == {"bad": "failed", "good": "ok"}
    assert recall.reports[0].why == "OSError: disk"


def test_when_none_answers_the_search_is_unavailable(pool: ThreadPoolExecutor) -> None:
    """If every fired branch fails or is late, there is no answer to give."""
    slow = Steps(is_open=False)
    fanout = Fanout({"slow": slow, "bad": Steps(error=OSError("disk"))}, pool, time.monotonic)
    with pytest.raises(Unavailable, match=r"bad failed: OSError: disk; slow late"):
        asyncio.run(fire(fanout, planned("bad", "slow", deadline_ms=20)))
    slow.gate.set()


def test_skipped_branches_are_not_called(pool: ThreadPoolExecutor) -> None:
    """A branch with a reason to be skipped is reported with it; skipping all is an empty answer."""
    idle = Steps()
    recall = asyncio.run(
        fire(Fanout({"idle": idle}, pool, time.monotonic), [PlannedBranch("idle", 1, 10, 9, "no words")])
    )
    assert [(r.status, r.why) for r in recall.reports] == [("skipped", "no words")]
    assert (idle.calls, recall.lists) == (0, ())


def test_encoding_counts_against_its_own_branch_only(pool: ThreadPoolExecutor) -> None:
    """A slow encoder makes the branch that needs it late and leaves the others alone."""
    fanout = Fanout({"term": Steps(), "text": Encoded()}, pool, time.monotonic)
    recall = asyncio.run(fire(fanout, planned("term", "text")))
    assert statuses(recall) == {"term": "ok", "text": "ok"}

    async def never(space: str, text: str) -> Vector:
        await asyncio.sleep(60)
        raise AssertionError

    plan = [*planned("term"), *planned("text", deadline_ms=30)]
    late = asyncio.run(fanout.recall(plan, COLLECTION, Prepared("q"), None, never))
    assert statuses(late) == {"term": "ok", "text": "late"}


def test_a_stuck_branch_never_takes_the_whole_pool(pool: ThreadPoolExecutor) -> None:
    """After a few calls that never end the branch is skipped, and fired again once they have ended."""
    stuck = Steps(is_open=False)
    fanout = Fanout({"good": Steps(), "stuck": stuck}, pool, time.monotonic)
    plan = [*planned("good"), *planned("stuck", deadline_ms=50)]
    last = time.monotonic() + 20
    while statuses(asyncio.run(fire(fanout, plan)))["stuck"] != "skipped":
        assert time.monotonic() < last
    assert stuck.calls == MAX_LATE_CALLS
    stuck.gate.set()
    while statuses(asyncio.run(fire(fanout, plan)))["stuck"] != "ok":
        assert time.monotonic() < last


def test_a_call_that_never_started_is_taken_back() -> None:
    """A call still waiting for a thread at its deadline is not run afterwards and is not counted as stuck."""
    blocker, waiting = Steps(is_open=False), Steps()
    with ThreadPoolExecutor(1) as one:
        fanout = Fanout({"blocker": blocker, "waiting": waiting}, one, time.monotonic)
        with pytest.raises(Unavailable):
            asyncio.run(fire(fanout, planned("blocker", "waiting", deadline_ms=500)))
        blocker.gate.set()
    assert (blocker.calls, waiting.calls) == (1, 0)


class Whereabouts(Steps):
    """A branch in memory that remembers which thread called it and computes for a while when told to."""

    in_memory: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[str] = []
        self.work_s = 0.0

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        self.threads.append(threading.current_thread().name.rstrip("0123456789-_"))
        end = time.thread_time() + self.work_s
        while time.thread_time() < end:
            pass
        return super().recall(collection, prepared, depth, mask)


@pytest.fixture
def named() -> Iterator[ThreadPoolExecutor]:
    """Threads whose name says that they are the pool's."""
    with ThreadPoolExecutor(8, thread_name_prefix="pool") as executor:
        yield executor


def patient(branches: dict[str, Branch], pool: ThreadPoolExecutor) -> Fanout:
    """Make a fan-out that waits in place for as long as a busy machine may need."""
    return Fanout(branches, pool, time.monotonic, patience_s=5.0)


def test_a_quick_branch_is_waited_for_in_place_until_it_is_slow(named: ThreadPoolExecutor) -> None:
    """First on the pool; on the courier once it was quick; on the pool again after one slow call."""
    branch = Whereabouts()
    fanout = patient({"term": branch}, named)
    for work_s in (0.0, 0.0, 0.02, 0.0):
        branch.work_s = work_s
        assert statuses(asyncio.run(fire(fanout, planned("term")))) == {"term": "ok"}
    assert branch.threads == ["pool", "courier", "courier", "pool"]


def test_a_branch_that_may_wait_is_never_waited_for_in_place(named: ThreadPoolExecutor) -> None:
    """A branch that waits on something else stays on the pool, however little it computes."""
    branch = Whereabouts()
    branch.in_memory = False  # type: ignore[misc]  # this one waits
    fanout = patient({"term": branch}, named)
    for _ in range(3):
        asyncio.run(fire(fanout, planned("term")))
    assert branch.threads == ["pool"] * 3


def test_a_quick_branch_that_hangs_is_left_behind_and_the_loop_turns(named: ThreadPoolExecutor) -> None:
    """The answer comes at its deadline, with the other's list, and the loop stood still but briefly."""
    hanging, other = Whereabouts(), Whereabouts()
    fanout = Fanout({"hanging": hanging, "other": other}, named, time.monotonic, patience_s=0.01)
    plan = [*planned("hanging", deadline_ms=300), *planned("other")]
    for _ in range(3):
        asyncio.run(fire(fanout, plan))
    hanging.gate.clear()

    async def work() -> tuple[Recall, int]:
        task = asyncio.create_task(fire(fanout, plan))
        turns = 0
        while not task.done():
            await asyncio.sleep(0.01)
            turns += 1
        return await task, turns

    started = time.monotonic()
    recall, turns = asyncio.run(work())
    assert time.monotonic() - started < 5
    assert turns > 3  # of thirty: others were served while it hung
    assert statuses(recall) == {"hanging": "late", "other": "ok"}
    assert recall.reports[0].why == "no answer within 300 ms"
    hanging.gate.set()
    last = time.monotonic() + 20
    while statuses(asyncio.run(fire(fanout, plan)))["hanging"] != "ok":
        assert time.monotonic() < last


def test_a_deadline_shorter_than_patience_is_kept(named: ThreadPoolExecutor) -> None:
    """The loop never waits in place past a deadline, however patient it is."""
    branch, other = Whereabouts(), Whereabouts()
    fanout = patient({"other": other, "term": branch}, named)
    for _ in range(2):
        asyncio.run(fire(fanout, planned("other", "term")))
    branch.gate.clear()
    started = time.monotonic()
    recall = asyncio.run(fire(fanout, [*planned("other"), *planned("term", deadline_ms=20)]))
    assert time.monotonic() - started < 3
    assert statuses(recall) == {"other": "ok", "term": "late"}
    branch.gate.set()


def test_an_answer_carries_the_branchs_own_way_to_score(pool: ThreadPoolExecutor) -> None:
    """A branch that can score what it did not recall hands that on, bound to the search."""

    class Scoring(Steps):
        def score(self, collection: Collection, prepared: Prepared, ordinals: Ordinals) -> BranchScores:
            assert collection is COLLECTION
            assert prepared.query == "q"
            return (ordinals / 2).astype(np.float32)

    recall = asyncio.run(
        fire(Fanout({"a": Scoring(), "b": Steps()}, pool, time.monotonic), planned("a", "b"))
    )
    complete = recall.lists[0].complete
    assert complete is not None
    assert complete(np.array([3], np.int32)).tolist() == [1.5]
    assert recall.lists[1].complete is None
