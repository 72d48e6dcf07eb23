"""Applies the log to the views of this process: words at once, embeddings behind them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.errors import Unavailable
from app.ingest.changes import change_of
from app.ingest.lane import Lane, LaneHealth, LaneLimits
from app.ingest.vectors import TEXT_SPACE, TextVectors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.log import LogRow
    from app.domain.ports import Log, TextEncoder, VectorCache, Views

APPLIED = "applied"  # names of the LSNs that a snapshot keeps
VECTORS = "vectors"


@dataclass(frozen=True, slots=True)
class ReplayLimits:
    """Batch sizes and patience of the two lanes."""

    changes: LaneLimits = field(default_factory=LaneLimits)
    vectors: LaneLimits = field(default_factory=lambda: LaneLimits(batch_rows=128))


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """How far the views are. `target_lsn` was the newest row when the replay was started."""

    applied_lsn: int
    vectors_lsn: int
    target_lsn: int
    last_lsn: int

    @property
    def tail_done(self) -> bool:
        """True when everything that was there at the start can be found by its words."""
        return self.applied_lsn >= self.target_lsn


class Replay:
    """Two lanes, each a thread: changes into words and columns, then vectors into their space.

    The vector lane never passes the change lane. `lsns` are those of the snapshot that `views` were
    loaded from, empty for new views. Without an encoder there is no vector lane.
    """

    def __init__(
        self,
        log: Log,
        views: Views,
        encoder: TextEncoder | None,
        cache: VectorCache,
        lsns: Mapping[str, int] | None = None,
        space: str = TEXT_SPACE,
        limits: ReplayLimits | None = None,
    ) -> None:
        limits, lsns = limits or ReplayLimits(), lsns or {}
        self._log = log
        self._views = views
        self._target_lsn = 0
        start = max(views.lsn, lsns.get(APPLIED, 0))
        self._changes = Lane("changes", log, self._apply, start, limits.changes)
        self._vectors: Lane | None = None
        if encoder is not None:
            behind = min(start, max(views.vector_lsn(space), lsns.get(VECTORS, 0)))
            consume = TextVectors(views, encoder, cache, space)
            self._vectors = Lane("vectors", _Applied(log, self._changes), consume, behind, limits.vectors)

    def start(self) -> None:
        """Begin to follow the log; returns at once."""
        self._target_lsn = self._log.last_lsn()
        for lane in self._lanes().values():
            lane.start()

    def stop(self) -> None:
        """Finish the batches at hand and end both threads."""
        for lane in self._lanes().values():
            lane.halt()
        for lane in self._lanes().values():
            lane.stop()

    @property
    def applied_lsn(self) -> int:
        """The LSN up to which items can be found by their words and columns."""
        return self._changes.progress.lsn

    @property
    def vectors_lsn(self) -> int:
        """The LSN up to which items can be found by their vectors too."""
        return self.applied_lsn if self._vectors is None else self._vectors.progress.lsn

    def lsns(self) -> dict[str, int]:
        """Return what a snapshot taken from now on is sure to hold."""
        return {APPLIED: self.applied_lsn, VECTORS: self.vectors_lsn}

    def progress(self) -> ReplayProgress:
        """Return how far the views are behind the log."""
        return ReplayProgress(self.applied_lsn, self.vectors_lsn, self._target_lsn, self._log.last_lsn())

    def wait_applied(self, lsn: int, timeout_s: float) -> bool:
        """Block until items up to `lsn` can be found by their words; False when the time is over."""
        return self._changes.progress.wait(lsn, timeout_s)

    def wait_vectors(self, lsn: int, timeout_s: float) -> bool:
        """Block until both lanes have done `lsn`; False when the time is over."""
        return self._last_lane().progress.wait(lsn, timeout_s)

    async def applied(self, lsn: int, timeout_s: float) -> None:
        """Return when items up to `lsn` can be found by their words. Raises Unavailable after the time."""
        await _reached(self._changes, lsn, timeout_s)

    async def refreshed(self, lsn: int, timeout_s: float) -> None:
        """Return when both lanes have done `lsn`. Raises Unavailable when that takes too long."""
        await _reached(self._last_lane(), lsn, timeout_s)

    def health(self) -> dict[str, LaneHealth]:
        """Return how each lane fares, by name."""
        return {name: lane.health() for name, lane in self._lanes().items()}

    def _lanes(self) -> dict[str, Lane]:
        lanes = {"changes": self._changes}
        return lanes if self._vectors is None else lanes | {"vectors": self._vectors}

    def _last_lane(self) -> Lane:
        return self._changes if self._vectors is None else self._vectors

    def _apply(self, rows: Sequence[LogRow]) -> None:
        changes = [change for row in rows if (change := change_of(row)) is not None]
        if changes:
            self._views.apply(changes)


async def _reached(lane: Lane, lsn: int, timeout_s: float) -> None:
    done = asyncio.wrap_future(lane.progress.reached(lsn))
    try:
        await asyncio.wait_for(done, timeout_s)
    except TimeoutError as error:
        raise Unavailable(f"row {lsn} is durable but not searchable after {timeout_s:g} s") from error


class _Applied:
    """The log as far as the change lane has come: what the vector lane may read."""

    def __init__(self, log: Log, changes: Lane) -> None:
        self._log = log
        self._changes = changes

    def read(self, after: int, limit: int) -> list[LogRow]:
        applied = self._changes.progress.lsn
        return [row for row in self._log.read(after, limit) if row.lsn <= applied] if applied > after else []

    def wait(self, after: int, timeout_s: float) -> bool:
        return self._changes.progress.wait(after + 1, timeout_s)
