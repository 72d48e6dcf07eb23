"""What the log promises to those who append, read and wait."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import Conflict, InvalidInput
from app.domain.jobs import Status
from app.domain.log import Appended, Claim, Kind, NewRow
from app.store.store import Store, open_store
from tests.app.store.rows import Clock, append, click, gone, job, keys, put

if TYPE_CHECKING:
    from collections.abc import Callable


def test_numbers(store: Store, clock: Clock) -> None:
    """Rows are numbered from 1 in the order given, and the acknowledgement names the last."""
    assert store.log.last_lsn() == 0
    assert append(store, put("a"), put("b")) == Appended(lsn=2, num_rows=2)
    assert append(store, gone("a")) == Appended(lsn=3, num_rows=1)
    rows = store.log.read(1, 10)
    assert [(row.lsn, row.kind, row.key) for row in rows] == [
        (2, Kind.ITEM_PUT, "b"),
        (3, Kind.ITEM_DELETE, "a"),
    ]
    assert rows[0].at == clock.now
    assert rows[0].body == {"id": "b"}


def test_a_nul_in_an_id_is_refused(store: Store) -> None:
    """What one of the databases cannot hold is refused by both, by name, and nothing is written."""
    with pytest.raises(InvalidInput, match="NUL"):
        append(store, put("a\0b"))
    assert store.log.last_lsn() == 0


def test_rows_are_seen_in_the_order_of_their_numbers(url: str) -> None:
    """While two stores write at once, a reader never sees a number before all smaller ones."""
    one, two = open_store(url), open_store(url)
    seen: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set() or one.log.last_lsn() > len(seen):
            seen.extend(row.lsn for row in one.log.read(seen[-1] if seen else 0, 1_000))

    def write(store: Store, name: str) -> None:
        for number in range(40):
            append(store, put(f"{name}{number}"), click(f"{name}{number}"))

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=pair) for pair in ((one, "a"), (two, "b"), (two, "c"))]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert seen == list(range(1, 241))
    assert one.documents.count() == 120
    one.close()
    two.close()


def test_nothing(store: Store) -> None:
    """Appending no rows writes nothing and acknowledges the place where the log ends."""
    append(store, put("a"))
    assert append(store) == Appended(lsn=1, num_rows=0)


def test_read_limit(store: Store) -> None:
    """A read gives at most as many rows as asked."""
    append(store, *(put(str(i)) for i in range(10)))
    assert [row.key for row in store.log.read(3, 4)] == ["3", "4", "5", "6"]


def test_reading_some_kinds_comes_as_far_as_reading_all(store: Store) -> None:
    """Of the next rows those of the kinds are read, and the last of them, so that a reader gets on."""
    append(store, put("a"), click("x"), gone("a"), click("y"), put("b"), put("c"))
    only = {Kind.EVENT}
    assert [row.lsn for row in store.log.read(0, 100, only)] == [2, 4, 6]
    assert [row.lsn for row in store.log.read(0, 3, only)] == [2, 3]
    assert [row.lsn for row in store.log.read(4, 1, only)] == [5]
    assert store.log.read(6, 10, only) == []
    assert [row.lsn for row in store.log.read(1, 2, ())] == [3]


def test_concurrent_appends(store: Store) -> None:
    """Appends of many tasks are all written, each whole and in order, with numbers of their own."""

    async def main() -> list[Appended]:
        batches = [[put(f"{task}-{i}") for i in range(3)] for task in range(200)]
        return await asyncio.gather(*(store.log.append(batch) for batch in batches))

    done = asyncio.run(main())
    rows = {row.lsn: row.key for row in store.log.read(0, 1_000)}
    assert sorted(rows) == list(range(1, 601))
    for task, appended in enumerate(done):
        written = [rows[appended.lsn - 2 + i] for i in range(3)]
        assert written == [f"{task}-{i}" for i in range(3)]


def test_bad_body_fails_alone(store: Store) -> None:
    """A body that is no JSON fails its own caller and nobody else."""
    bad = NewRow(Kind.ITEM_PUT, "bad", {"popularity": float("nan")})

    async def main() -> list[Appended | BaseException]:
        appends = [store.log.append([row]) for row in (put("a"), bad, put("b"))]
        return await asyncio.gather(*appends, return_exceptions=True)

    first, second, third = asyncio.run(main())
    assert isinstance(second, InvalidInput)
    assert isinstance(first, Appended)
    assert isinstance(third, Appended)
    assert keys(store) == ["a", "b"]


def test_claim_is_replayed(store: Store) -> None:
    """The same claim again gives the first acknowledgement and writes nothing."""
    claim = Claim("key", "print")
    assert append(store, put("a"), put("b"), claim=claim) == Appended(2, 2)
    append(store, put("c"))
    assert append(store, put("a"), put("b"), claim=claim) == Appended(2, 2, replayed=True)
    assert keys(store) == ["a", "b", "c"]
    assert store.log.claimed(claim) == Appended(2, 2, replayed=True)
    assert store.log.claimed(Claim("other", "print")) is None


def test_claim_conflict(store: Store) -> None:
    """A claimed key with another request is a conflict, and nothing of it is written."""
    append(store, put("a"), claim=Claim("key", "print"))
    with pytest.raises(Conflict, match="'key'"):
        append(store, put("b"), claim=Claim("key", "other"))
    with pytest.raises(Conflict):
        store.log.claimed(Claim("key", "other"))
    assert keys(store) == ["a"]


def test_claim_race(store: Store) -> None:
    """Of many tasks with one claim at once, exactly one writes and all get its acknowledgement."""

    async def main() -> list[Appended]:
        claim = Claim("key", "print")
        return await asyncio.gather(*(store.log.append([put("a")], claim) for _ in range(20)))

    done = asyncio.run(main())
    assert {appended.lsn for appended in done} == {1}
    assert sum(not appended.replayed for appended in done) == 1
    assert keys(store) == ["a"]


def test_claim_after_a_day(store: Store, clock: Clock) -> None:
    """A claim is forgotten after 24 hours, not before."""
    claim = Claim("key", "print")
    append(store, put("a"), claim=claim)
    clock.now += 24 * 3600 - 1
    assert append(store, put("a"), claim=claim).replayed
    clock.now += 2
    assert append(store, put("b"), claim=Claim("key", "other")) == Appended(2, 1)


def test_event_counts_once(store: Store) -> None:
    """An event id sent again, in the same or another append, is written once and is not new."""
    assert append(store, click("x"), click("x"), click("y")) == Appended(2, 2)
    assert append(store, click("z"), click("y")) == Appended(3, 1)
    assert append(store, click("x"), click("y")) == Appended(2, 0)
    assert keys(store) == ["x", "y", "z"]


def test_only_events_are_unique(store: Store) -> None:
    """Other kinds may repeat a key, also one that an event has."""
    append(store, click("x"))
    append(store, put("x"), put("x"))
    assert keys(store) == ["x", "x", "x"]


def test_wait_wakes_at_once(store: Store) -> None:
    """A thread that waits for the next row is woken by its commit, long before its time is over."""
    seen: list[tuple[bool, float]] = []

    def follow() -> None:
        started = time.monotonic()
        seen.append((store.log.wait(0, 30.0), time.monotonic() - started))

    thread = threading.Thread(target=follow)
    thread.start()
    append(store, put("a"))
    thread.join(10)
    assert seen[0][0] is True
    assert seen[0][1] < 10


def test_wait_ends(store: Store) -> None:
    """A wait for what does not come ends with False, and one for what is there with True at once."""
    append(store, put("a"))
    assert store.log.wait(1, 0.02) is False
    assert store.log.wait(0, 0.0) is True


def test_wait_sees_other_processes(store: Store, url: str) -> None:
    """A commit through another handle of the same file is noticed by polling."""
    other = open_store(url)
    timer = threading.Timer(0.05, lambda: append(other, put("a")))
    timer.start()
    assert store.log.wait(0, 30.0) is True
    timer.join()
    other.close()


def test_two_writers(store: Store, url: str) -> None:
    """Two handles that write at once give every row its own number, in commit order."""
    other = open_store(url)

    def write(handle: Store, name: str) -> None:
        async def main() -> None:
            for i in range(30):
                await handle.log.append([put(f"{name}{i}"), click(f"{name}{i}")])

        asyncio.run(main())

    threads = [threading.Thread(target=write, args=pair) for pair in ((store, "a"), (other, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    rows = store.log.read(0, 1_000)
    assert [row.lsn for row in rows] == list(range(1, 121))
    for name in "ab":
        mine = [row.key for row in rows if row.key.startswith(name) and row.kind is Kind.ITEM_PUT]
        assert mine == [f"{name}{i}" for i in range(30)]


def _row(verb: str, key: str, title: str) -> NewRow:
    makers = {"put": lambda: put(key, title), "gone": lambda: gone(key), "click": lambda: click(key)}
    return makers.get(verb, lambda: job(key, Status.QUEUED))()


text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
steps = st.lists(st.tuples(st.sampled_from(["put", "gone", "click", "job"]), st.sampled_from("abcé🙂"), text))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(appends=st.lists(steps, max_size=6))
def test_like_a_list(appends: list[list[tuple[str, str, str]]], new_url: Callable[[], str]) -> None:
    """Log, documents and events agree with a plain list and a dictionary, whatever is appended."""
    store = open_store(new_url())
    expected: list[tuple[str, str]] = []
    titles: dict[str, str] = {}
    for some in appends:
        rows = []
        for verb, key, title in some:
            rows.append(_row(verb, key, title))
            if verb != "click" or (Kind.EVENT, key) not in expected:
                expected.append((rows[-1].kind, key))
            if verb == "put":
                titles[key] = title
            elif verb == "gone":
                titles.pop(key, None)
        append(store, *rows)
    assert [(row.kind, row.key) for row in store.log.read(0, 1_000)] == expected
    assert {item.id: item.title for item in store.documents.scan()} == titles
    assert [item.id for item in store.documents.scan()] == sorted(titles)
    store.close()
