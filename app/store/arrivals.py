"""Tells waiting threads of this process that the log has grown."""

from __future__ import annotations

import time
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Arrivals:
    """The newest LSN this process has committed, and a way to sleep until there is a newer one."""

    def __init__(self) -> None:
        self._changed = Condition()  # guards all below
        self._lsn = 0
        self._looked_at = float("-inf")
        self._closed = False

    @property
    def closed(self) -> bool:
        """True when no more rows will be announced."""
        with self._changed:
            return self._closed

    def announce(self, lsn: int) -> None:
        """Wake everybody who waits for a row at or below `lsn`."""
        with self._changed:
            if lsn > self._lsn:
                self._lsn = lsn
                self._changed.notify_all()

    def sleep(self, after: int, timeout_s: float) -> bool:
        """Block until a row above `after` is announced; False when the time is over or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._lsn > after or self._closed, timeout_s)
            return self._lsn > after

    def look(self, last_lsn: Callable[[], int], fresh_s: float) -> int:
        """Return the newest LSN of all processes, as of `fresh_s` ago at the earliest.

        `last_lsn` reads the store; whoever waits shares what one of them read.
        """
        now = time.monotonic()
        with self._changed:
            if now - self._looked_at < fresh_s:
                return self._lsn
            before, self._looked_at = self._looked_at, now
        try:
            lsn = last_lsn()
        except Exception:
            self._looked_at = before  # the next one has to look for itself
            raise
        self.announce(lsn)
        return lsn

    def close(self) -> None:
        """Wake everybody for the last time."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
