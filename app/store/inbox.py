"""Holds the bounded queue of appends that wait for the writer thread."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition
from typing import TYPE_CHECKING

from app.domain.errors import Overloaded, Unavailable

if TYPE_CHECKING:
    from app.domain.log import Appended
    from app.store.prepared import Prepared

MIN_RETRY_S = 0.05
MAX_RETRY_S = 30.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may wait, and how much of it one commit takes at most."""

    waiting_appends: int = 8_192
    waiting_bytes: int = 512 * 1024 * 1024
    commit_rows: int = 20_000
    commit_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pending:
    """An append and the future its caller waits on."""

    prepared: Prepared
    future: Future[Appended] = field(default_factory=Future)


class Inbox:
    """Appends in the order they came; any thread offers, the writer takes."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._changed = Condition()  # guards everything below
        self._waiting: deque[Pending] = deque()
        self._waiting_bytes = 0
        self._closed = False
        self._bytes_per_s = 16e6  # measured by `drained` as soon as something was written

    def offer(self, pending: Pending) -> None:
        """Add one append. Raises Overloaded when too much waits, Unavailable after `close`."""
        size = pending.prepared.size_bytes
        with self._changed:
            if self._closed:
                raise Unavailable("the store is closed")
            too_many = len(self._waiting) >= self._bounds.waiting_appends
            too_large = bool(self._waiting) and self._waiting_bytes + size > self._bounds.waiting_bytes
            if too_many or too_large:
                raise Overloaded("too many writes wait for the disk", self._drain_s())
            self._waiting.append(pending)
            self._waiting_bytes += size
            self._changed.notify()

    def take(self) -> list[Pending]:
        """Wait for appends and return what fits one commit; an empty list says closed and drained."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._closed)
            return self._group()

    def drained(self, size_bytes: int, took_s: float) -> None:
        """Note how fast the last commit was: it is what Overloaded's delay is computed from."""
        with self._changed:
            self._bytes_per_s = max(size_bytes, 1) / max(took_s, 1e-6)

    def close(self) -> None:
        """Refuse new appends; those that wait are still taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _group(self) -> list[Pending]:
        group: list[Pending] = []
        num_rows = size = 0
        while self._waiting:
            prepared = self._waiting[0].prepared
            num_rows += len(prepared.rows)
            size += prepared.size_bytes
            if group and (num_rows > self._bounds.commit_rows or size > self._bounds.commit_bytes):
                break
            group.append(self._waiting.popleft())
            self._waiting_bytes -= prepared.size_bytes
        return group

    def _drain_s(self) -> float:
        return min(MAX_RETRY_S, max(MIN_RETRY_S, self._waiting_bytes / self._bytes_per_s))
