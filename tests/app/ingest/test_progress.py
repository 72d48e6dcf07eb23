"""What waiting for a place in the log promises."""

from __future__ import annotations

import threading

import pytest

from app.domain.errors import Unavailable
from app.ingest.progress import Progress


def test_reached_before() -> None:
    """What is done already is not waited for, and progress never goes back."""
    progress = Progress(5)
    progress.advance(3)
    assert progress.lsn == 5
    assert progress.wait(5, 0.0) is True
    assert progress.wait(6, 0.01) is False


def test_each_at_its_place() -> None:
    """Each waiter is let go when its own place is reached."""
    progress = Progress(0)
    early, late = progress.reached(2), progress.reached(4)
    progress.advance(3)
    assert early.done()
    assert not late.done()
    progress.advance(4)
    assert late.result(0) is None


def test_threads() -> None:
    """A thread that waits is woken by another that advances."""
    progress, seen = Progress(0), list[bool]()
    thread = threading.Thread(target=lambda: seen.append(progress.wait(1, 30.0)))
    thread.start()
    progress.advance(1)
    thread.join(10)
    assert seen == [True]


def test_cancelled() -> None:
    """Somebody who gave up does not disturb the others."""
    progress = Progress(0)
    gone, here = progress.reached(1), progress.reached(1)
    gone.cancel()
    progress.advance(1)
    assert here.result(0) is None


def test_close() -> None:
    """At the end whoever waits fails, and so does whoever comes later for more."""
    progress = Progress(1)
    waiting = progress.reached(2)
    progress.close()
    with pytest.raises(Unavailable):
        waiting.result(0)
    assert progress.wait(2, 30.0) is False
    assert progress.wait(1, 0.0) is True
