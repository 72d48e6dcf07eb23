"""Learns which branches are so quick that waiting for them in place costs least."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from indexes.types import Matches

# The event loop stands still while quick branches run. The bound is a choice, above what recall over 16 k
# items takes (0.2 to 0.4 ms a branch, twice that beside busy neighbours), not a measured break-even.
QUICK_MS = 1.6
SHARE = 0.2  # of a new reading in the running mean
OVERRUN_MS = 3 * QUICK_MS  # the reading of a call that was given up


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
            self._read(name, (self._work_clock() - begun) * 1_000)

    def overran(self, name: str) -> None:
        """Remember that somebody waited in vain: twice in a row, and the branch is quick no more."""
        self._read(name, OVERRUN_MS)

    def _read(self, name: str, taken_ms: float) -> None:
        before = self._mean_ms.get(name, taken_ms)
        self._mean_ms[name] = SHARE * taken_ms + (1 - SHARE) * before
