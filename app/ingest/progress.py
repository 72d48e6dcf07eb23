"""Counts how far a lane has come in the log, and lets threads and tasks wait for a place in it."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from threading import Lock

from app.domain.errors import Unavailable


class Progress:
    """An LSN that only grows; any thread may wait for it."""

    def __init__(self, lsn: int) -> None:
        self._lock = Lock()  # guards everything below
        self._lsn = lsn
        self._waiting: list[tuple[int, Future[None]]] = []
        self._closed = False

    @property
    def lsn(self) -> int:
        """The LSN up to which everything is done."""
        with self._lock:
            return self._lsn

    def advance(self, lsn: int) -> None:
        """Say that everything up to `lsn` is done."""
        with self._lock:
            self._lsn = max(self._lsn, lsn)
            ready = [future for wanted, future in self._waiting if wanted <= self._lsn]
            self._waiting = [entry for entry in self._waiting if entry[0] > self._lsn]
        for future in ready:
            if future.set_running_or_notify_cancel():
                future.set_result(None)

    def reached(self, lsn: int) -> Future[None]:
        """Return a future that resolves when `lsn` is done, or fails with Unavailable at the end."""
        future: Future[None] = Future()
        with self._lock:
            if self._lsn >= lsn:
                future.set_result(None)
            elif self._closed:
                future.set_exception(Unavailable("the log is no longer followed"))
            else:
                self._waiting = [entry for entry in self._waiting if not entry[1].cancelled()]
                self._waiting.append((lsn, future))
        return future

    def wait(self, lsn: int, timeout_s: float) -> bool:
        """Block until `lsn` is done; False when the time is over or it will never be."""
        future = self.reached(lsn)
        try:
            future.result(timeout_s)
        except (FutureTimeout, Unavailable):
            future.cancel()
            return False
        return True

    def close(self) -> None:
        """Fail everybody who still waits."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, []
        for _, future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(Unavailable("the log is no longer followed"))
