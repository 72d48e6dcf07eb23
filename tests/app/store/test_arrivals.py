"""What waiting for the next row promises."""

from __future__ import annotations

import threading

import pytest

from app.store.arrivals import Arrivals


def test_announced_before() -> None:
    """Nobody sleeps for a row that was announced already, and nothing takes an announcement back."""
    arrivals = Arrivals()
    arrivals.announce(5)
    arrivals.announce(3)
    assert arrivals.sleep(4, 0.0) is True
    assert arrivals.sleep(5, 0.01) is False


def test_all_are_woken() -> None:
    """One announcement wakes every thread that waits for it."""
    arrivals = Arrivals()
    woken: list[bool] = []
    threads = [threading.Thread(target=lambda: woken.append(arrivals.sleep(0, 30.0))) for _ in range(5)]
    for thread in threads:
        thread.start()
    arrivals.announce(1)
    for thread in threads:
        thread.join(10)
    assert woken == [True] * 5


def test_close_wakes() -> None:
    """Closing wakes sleepers with False."""
    arrivals = Arrivals()
    woken: list[bool] = []
    thread = threading.Thread(target=lambda: woken.append(arrivals.sleep(0, 30.0)))
    thread.start()
    arrivals.close()
    thread.join(10)
    assert woken == [False]
    assert arrivals.closed


def test_a_look_is_shared() -> None:
    """What one thread read of the store counts for others for a while, and wakes those who wait."""
    arrivals, reads = Arrivals(), iter([3, 8])
    assert arrivals.look(lambda: next(reads), 30.0) == 3
    assert arrivals.look(lambda: next(reads), 30.0) == 3
    assert arrivals.look(lambda: next(reads), 0.0) == 8
    assert arrivals.sleep(7, 0.0) is True


def test_a_failed_look_is_nobodys() -> None:
    """When the store cannot be read the next one looks for itself."""
    arrivals = Arrivals()

    def broken() -> int:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        arrivals.look(broken, 30.0)
    assert arrivals.look(lambda: 5, 30.0) == 5
