"""Learns which branches are quicker than handing them to a thread would be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from indexes.types import Matches

# Handing a call to a thread and back wakes two threads and passes the interpreter's lock twice. The bound
# is a choice, above what recall over 16 k items takes (0.2 ms a branch), not a measured break-even.
QUICK_MS = 0.8
SHARE = 0.2  # of a new reading in the running mean


class Quick:
    """A running mean of each branch's own processor time, in milliseconds.

    One call that takes five times the bound sends its branch back to threads at once. `work_clock`
    gives the processor seconds of the calling thread.
    """

    def __init__(self, work_clock: Callable[[], float] = time.thread_time) -> None:
        self._work_clock = work_clock
        # A float a name, replaced whole: threads may lose each other's readings, never tear one.
        self._mean_ms: dict[str, float] = {}

    def admits(self, name: str) -> bool:
        """Return whether the branch was quick lately; one never timed was not."""
        return self._mean_ms.get(name, QUICK_MS) < QUICK_MS

    def timed(self, name: str, call: Callable[[], Matches]) -> Matches:
        """Return what the call gives, and remember how long it computed."""
        begun = self._work_clock()
        try:
            return call()
        finally:
            taken_ms = (self._work_clock() - begun) * 1_000
            before = self._mean_ms.get(name, taken_ms)
            self._mean_ms[name] = SHARE * taken_ms + (1 - SHARE) * before
