"""What the bounded queue before the writer promises."""

from __future__ import annotations

import pytest

from app.domain.errors import Overloaded, Unavailable
from app.store.inbox import Bounds, Inbox, Pending
from app.store.prepared import prepare
from tests.app.store.rows import blob, put


def _pending(*names: str, content: bytes = b"") -> Pending:
    return Pending(prepare([put(name, "", *([blob(content)] if content else [])) for name in names]))


def test_order_and_groups() -> None:
    """Appends leave in the order they came, in groups of no more rows than one commit takes."""
    inbox = Inbox(Bounds(commit_rows=3))
    entries = [_pending("a"), _pending("b", "c"), _pending("d"), _pending(*"efghi"), _pending("j")]
    for entry in entries:
        inbox.offer(entry)
    assert inbox.take() == entries[:2]
    assert inbox.take() == entries[2:3]
    assert inbox.take() == entries[3:4]  # larger than a group: goes alone
    assert inbox.take() == entries[4:]


def test_too_many() -> None:
    """A full queue refuses and says when to come back; what was taken makes room."""
    inbox = Inbox(Bounds(waiting_appends=2))
    inbox.offer(_pending("a"))
    inbox.offer(_pending("b"))
    with pytest.raises(Overloaded) as refused:
        inbox.offer(_pending("c"))
    assert 0 < refused.value.retry_after_s <= 30
    inbox.take()
    inbox.offer(_pending("c"))


def test_too_large() -> None:
    """Bytes that wait are bounded too, but one append however large is let into an empty queue."""
    inbox = Inbox(Bounds(waiting_bytes=1_000))
    inbox.offer(_pending("a", content=bytes(5_000)))
    with pytest.raises(Overloaded):
        inbox.offer(_pending("b"))


def test_delay_follows_the_disk() -> None:
    """The delay told is what waits divided by how fast the last commit was."""
    inbox = Inbox(Bounds(waiting_appends=1))
    inbox.offer(_pending("a", content=bytes(10_000)))
    inbox.drained(size_bytes=5_000, took_s=1.0)
    with pytest.raises(Overloaded) as refused:
        inbox.offer(_pending("b"))
    assert refused.value.retry_after_s == pytest.approx(2.0, rel=0.01)


def test_close() -> None:
    """A closed queue takes nothing more, gives what it holds, and then says that it is empty."""
    inbox = Inbox(Bounds())
    entry = _pending("a")
    inbox.offer(entry)
    inbox.close()
    with pytest.raises(Unavailable):
        inbox.offer(_pending("b"))
    assert inbox.take() == [entry]
    assert inbox.take() == []
