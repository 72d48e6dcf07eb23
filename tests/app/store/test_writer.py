"""What the thread that commits in groups promises."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import Unavailable
from app.domain.jobs import Status
from app.domain.log import Appended, Claim, Kind, NewRow
from app.store.dialect import writing
from app.store.prepared import prepare
from tests.app.store.rows import append, blob, job, keys, put

if TYPE_CHECKING:
    from app.store.store import Store


def _while_locked(store: Store, *batches: list[NewRow]) -> list[Appended | BaseException | None]:
    """Submit batches while another transaction holds the file, so that they make one group."""
    with writing(store._engine):
        futures = [store._writer.submit(prepare(batch)) for batch in batches]
    return [future.exception(10) or future.result() for future in futures]


def test_one_commit_for_many(store: Store) -> None:
    """Appends that came while the disk was busy share one commit, and each gets its own numbers."""
    before = _commits(store)
    done = _while_locked(store, *([put(f"{i}")] for i in range(50)))
    assert [appended.lsn for appended in done if isinstance(appended, Appended)] == list(range(1, 51))
    assert len(before) <= 1
    assert len(_commits(store)) <= 2  # the first may have been taken alone, the rest came together


def _commits(store: Store) -> set[float]:
    return {row.at for row in store.log.read(0, 1_000)}


def test_failure_stays_alone(store: Store) -> None:
    """A row that the database refuses fails its own append, whole; its group mates are written."""
    broken = NewRow(Kind.JOB, "broken", {"status": "queued"})  # no created_at: fails inside the commit
    picture = blob(b"lost")
    good, bad, late = _while_locked(store, [put("a")], [put("b", "", picture), broken], [put("c")])
    assert isinstance(good, Appended)
    assert isinstance(bad, Unavailable)
    assert isinstance(late, Appended)
    assert keys(store) == ["a", "c"]
    assert store.documents.get("b") is None
    assert store.blobs.get(picture.digest) is None
    assert store.log.last_lsn() == 2


def test_writes_go_on_after_a_failure(store: Store) -> None:
    """The thread survives a failed append and keeps its claim free for the retry."""
    claim = Claim("key", "print")
    with pytest.raises(Unavailable):
        append(store, NewRow(Kind.JOB, "j", {}), claim=claim)
    assert append(store, job("j", Status.QUEUED), claim=claim) == Appended(1, 1)


def test_cancelled_before_its_turn(store: Store) -> None:
    """An append whose caller gave up before it was taken is not written."""
    started = threading.Event()
    with writing(store._engine):
        first = store._writer.submit(prepare([put("a")]))
        while not first.running():
            started.wait(0.001)
        second = store._writer.submit(prepare([put("b")]))
        assert second.cancel()
    assert first.result(10) == Appended(1, 1)
    append(store, put("c"))
    assert keys(store) == ["a", "c"]


def test_close_commits_what_waits(store: Store) -> None:
    """Closing lets everything that was submitted become durable first."""
    futures = [store._writer.submit(prepare([put(str(i))])) for i in range(100)]
    store._writer.close()
    assert [future.result(0).lsn for future in futures] == list(range(1, 101))
