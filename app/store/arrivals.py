"""Tells waiting threads of this process that the log has grown."""

from __future__ import annotations

from threading import Condition


class Arrivals:
    """The newest LSN this process has committed, and a way to sleep until there is a newer one."""

    def __init__(self) -> None:
        self._changed = Condition()  # guards `_lsn` and `_closed`
        self._lsn = 0
        self._closed = False

    @property
    def closed(self) -> bool:
        """True when no more rows will be announced."""
        with self._changed:
            return self._closed

    def announce(self, lsn: int) -> None:
        """Wake everybody who waits for a row at or below `lsn`."""
        with self._changed:
            self._lsn = max(self._lsn, lsn)
            self._changed.notify_all()

    def sleep(self, after: int, timeout_s: float) -> bool:
        """Block until a row above `after` is announced; False when the time is over or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._lsn > after or self._closed, timeout_s)
            return self._lsn > after

    def close(self) -> None:
        """Wake everybody for the last time."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
