"""Follows the log in a thread of its own and hands its rows, in order, to one consumer."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Protocol

from app.ingest.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.domain.log import LogRow

    Consume = Callable[[Sequence[LogRow]], None]

LOGGER = logging.getLogger(__name__)
REMEMBERED = 20  # LSNs of skipped rows that health tells


class Feed(Protocol):
    """Where rows come from: the log, or as much of it as another lane has done."""

    def read(self, after: int, limit: int) -> list[LogRow]: ...

    def wait(self, after: int, timeout_s: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """Rows handed over at once, and how long a row that fails is tried again.

    A failing row is tried `tries` times and then skipped. The delay doubles with every failure in
    a row and starts again after a success: one bad row costs seconds, while a part that is down
    for good loses rows only as slowly as `max_delay_s` allows.
    """

    batch_rows: int = 1_000
    tries: int = 5
    first_delay_s: float = 0.05
    max_delay_s: float = 30.0
    idle_s: float = 0.25


@dataclass(frozen=True, slots=True)
class LaneHealth:
    """How a lane fares; `error` is what it fails with right now, None when it does not."""

    lsn: int
    alive: bool
    num_skipped: int
    last_skipped: tuple[int, ...]
    error: str | None


class Lane:
    """One consumer of a feed: at least once, in order, never past a row that may still succeed."""

    def __init__(self, name: str, feed: Feed, consume: Consume, start_lsn: int, limits: LaneLimits) -> None:
        self.progress = Progress(start_lsn)
        self._feed = feed
        self._consume = consume
        self._limits = limits
        self._name = name
        self._stopping = Event()
        self._lock = Lock()  # guards the four below: written by the thread, read by `health`
        self._failures = 0
        self._error: str | None = None
        self._num_skipped = 0
        self._last_skipped: deque[int] = deque(maxlen=REMEMBERED)
        self._thread = Thread(target=self._run, name=f"lane-{name}", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def halt(self) -> None:
        """Ask the lane to end after the batch at hand, without waiting for it."""
        self._stopping.set()

    def stop(self) -> None:
        """Finish the batch at hand, then end; whoever waits is told."""
        self.halt()
        if self._thread.ident is not None:
            self._thread.join()
        self.progress.close()

    def health(self) -> LaneHealth:
        """Return how the lane fares now."""
        with self._lock:
            skipped = tuple(self._last_skipped)
            return LaneHealth(
                self.progress.lsn, self._thread.is_alive(), self._num_skipped, skipped, self._error
            )

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                rows = self._feed.read(self.progress.lsn, self._limits.batch_rows)
                # Waiting tells as much as reading does, and costs less.
                while not rows and not self._feed.wait(self.progress.lsn, self._limits.idle_s):
                    if self._stopping.wait(0.005):  # a closed log does not block
                        return
            except Exception as error:  # noqa: BLE001 - the log may come back
                self._back_off(error)
                continue
            if rows:
                self._hand_over(rows)

    def _hand_over(self, rows: Sequence[LogRow]) -> None:
        try:
            self._consume(rows)
        except Exception as error:  # noqa: BLE001 - found row by row below
            LOGGER.warning("lane %s: a batch of %d rows failed: %r", self._name, len(rows), error)
            self._one_by_one(rows)
        else:
            self._succeeded(rows[-1].lsn)

    def _one_by_one(self, rows: Sequence[LogRow]) -> None:
        for row in rows:
            if not self._insist(row):
                return

    def _insist(self, row: LogRow) -> bool:
        """Try one row until it succeeds or is given up; False when the lane stops meanwhile."""
        for _ in range(self._limits.tries):
            if self._stopping.is_set():
                return False
            try:
                self._consume([row])
            except Exception as error:  # noqa: BLE001 - counted, told and retried
                self._back_off(error)
            else:
                self._succeeded(row.lsn)
                return True
        if self._stopping.is_set():
            return False
        self._skip(row)
        return True

    def _succeeded(self, lsn: int) -> None:
        with self._lock:
            self._failures = 0
            self._error = None
        self.progress.advance(lsn)

    def _back_off(self, error: Exception) -> None:
        with self._lock:
            delay_s = min(
                self._limits.max_delay_s, self._limits.first_delay_s * 2.0 ** min(self._failures, 30)
            )
            self._failures += 1
            self._error = f"{type(error).__name__}: {error}"
        LOGGER.warning("lane %s failed and tries again in %.2f s", self._name, delay_s, exc_info=error)
        self._stopping.wait(delay_s)

    def _skip(self, row: LogRow) -> None:
        LOGGER.error("lane %s skips row %d (%s %r)", self._name, row.lsn, row.kind, row.key)
        with self._lock:
            self._num_skipped += 1
            self._last_skipped.append(row.lsn)
        self.progress.advance(row.lsn)
