"""Couriers make calls on their own threads, are waited for, can be left behind, and come back."""

from __future__ import annotations

import gc
import threading
import time

import pytest

from app.search.courier import Couriers


def test_calls_are_made_in_order_and_their_ends_are_told() -> None:
    """Results and errors come back as futures, each call made after the one before."""
    made: list[int] = []

    def fail() -> int:
        made.append(2)
        raise OSError("disk")

    def first() -> int:
        made.append(1)
        return 7

    jobs = Couriers().run([first, fail, threading.get_ident], 5.0)
    assert jobs is not None
    assert jobs[0].result(0) == 7
    with pytest.raises(OSError, match="disk"):
        jobs[1].result(0)
    assert jobs[2].result(0) != threading.get_ident()
    assert made == [1, 2]


def test_one_that_hangs_is_left_behind_and_comes_back() -> None:
    """The wait ends in time, what had not begun can be taken back, and later errands find another thread."""
    gate = threading.Event()
    couriers = Couriers(max_couriers=2)
    started = time.monotonic()
    jobs = couriers.run([lambda: gate.wait(10), lambda: True], 0.02)
    assert time.monotonic() - started < 5
    assert jobs is not None
    assert [job.cancel() for job in jobs] == [False, True]
    other = couriers.run([lambda: True], 5.0)
    assert other is not None
    assert other[0].result(0)
    couriers.run([lambda: gate.wait(10)], 0.02)
    assert couriers.run([lambda: True], 5.0) is None, "both are out"
    gate.set()
    assert jobs[0].result(5)
    last = time.monotonic() + 5
    while couriers.run([lambda: True], 5.0) is None:
        assert time.monotonic() < last


def test_threads_end_with_their_owner() -> None:
    """Nothing is left running when nobody can send an errand any more."""
    couriers = Couriers()
    jobs = couriers.run([threading.current_thread], 5.0)
    assert jobs is not None
    thread = jobs[0].result(0)
    del couriers
    gc.collect()
    thread.join(5)
    assert not thread.is_alive()
