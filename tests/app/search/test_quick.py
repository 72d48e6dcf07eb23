"""A branch is quick when its own processor time says so, and for no longer."""

from __future__ import annotations

import numpy as np
import pytest

from app.search.quick import QUICK_MS, Quick
from indexes.types import Matches

NONE = Matches(np.empty(0, np.int32), np.empty(0, np.float32))


class Clock:
    """Stands still unless a call works."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def work(self, milliseconds: float) -> Matches:
        self.seconds += milliseconds / 1_000
        return NONE


def test_only_what_was_timed_and_was_quick_is_quick() -> None:
    """An unknown branch is not quick; a quick one is; a slow one is not, until it was quick for a while."""
    clock = Clock()
    quick = Quick(clock)
    assert not quick.admits("term")
    quick.timed("term", lambda: clock.work(QUICK_MS / 2))
    assert quick.admits("term")
    quick.timed("term", lambda: clock.work(QUICK_MS * 5))
    assert not quick.admits("term")
    for _ in range(10):
        quick.timed("term", lambda: clock.work(QUICK_MS / 10))
    assert quick.admits("term")
    assert not quick.admits("text")


def test_a_call_that_fails_is_timed_too() -> None:
    """The error goes on, and the time it took counts."""
    clock = Clock()
    quick = Quick(clock)

    def failing() -> Matches:
        clock.work(QUICK_MS * 9)
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        quick.timed("term", failing)
    assert not quick.admits("term")


def test_what_is_waited_for_in_vain_is_quick_no_more() -> None:
    """One call that was given up is an accident; a second one is not."""
    clock = Clock()
    quick = Quick(clock)
    quick.timed("term", lambda: clock.work(QUICK_MS / 10))
    quick.overran("term")
    assert quick.admits("term")
    quick.overran("term")
    assert not quick.admits("term")
