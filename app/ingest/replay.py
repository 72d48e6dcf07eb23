"""Applies the log to the views of this process: words at once, embeddings and other views behind them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.errors import Unavailable
from app.domain.log import Kind
from app.ingest.changes import change_of
from app.ingest.lane import Lane, LaneHealth, LaneLimits
from app.ingest.vectors import TEXT_SPACE, TextVectors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.log import LogRow
    from app.domain.ports import Log, TextEncoder, VectorCache, Views
    from app.ingest.lane import Consume

APPLIED = "applied"  # names of the LSNs that a snapshot keeps
VECTORS = "vectors"
ITEMS = (Kind.ITEM_PUT, Kind.ITEM_DELETE, Kind.SYNONYMS)  # what these lanes read of the log
FURTHEST = 4_096  # rows that a lane behind the changes looks ahead for one of its own


@dataclass(frozen=True, slots=True)
class ReplayLimits:
    """Batch sizes and patience of the two lanes."""

    changes: LaneLimits = field(default_factory=LaneLimits)
    vectors: LaneLimits = field(default_factory=lambda: LaneLimits(batch_rows=128))


@dataclass(frozen=True, slots=True)
class SideLane:
    """A further lane behind the changes: its name in health and snapshots, and who consumes its rows.

    It goes on after `start_lsn`. A refresh waits for it and reports `told` when it is done; a
    lane with `told` None is waited for by nobody.
    """

    name: str
    consume: Consume
    start_lsn: int
    told: str | None = None
    limits: LaneLimits = field(default_factory=lambda: LaneLimits(batch_rows=128))


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
    """Lanes, each a thread: changes into words and columns, then vectors into their space, and others.

    No lane passes the change lane. `lsns` are those of the snapshot that `views` were
    loaded from, empty for new views. Without an encoder there is no lane for text vectors.
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
        others: Sequence[SideLane] = (),
    ) -> None:
        limits, lsns = limits or ReplayLimits(), lsns or {}
        self._log = log
        self._views = views
        self._target_lsn = 0
        start = max(views.lsn, lsns.get(APPLIED, 0))
        self._changes = Lane("changes", _Items(log), self._apply, start, limits.changes)
        self._vectors: Lane | None = None
        if encoder is not None:
            behind = min(start, max(views.vector_lsn(space), lsns.get(VECTORS, 0)))
            consume = TextVectors(views, encoder, cache, space)
            self._vectors = Lane(VECTORS, _Applied(log, self._changes), consume, behind, limits.vectors)
        self._others = {
            one.name: Lane(
                one.name, _Applied(log, self._changes), one.consume, min(start, one.start_lsn), one.limits
            )
            for one in others
        }
        self._told = {one.name: one.told for one in others if one.told is not None}

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
        others = {name: lane.progress.lsn for name, lane in self._others.items()}
        return {APPLIED: self.applied_lsn, VECTORS: self.vectors_lsn} | others

    def progress(self) -> ReplayProgress:
        """Return how far the views are behind the log."""
        return ReplayProgress(self.applied_lsn, self.vectors_lsn, self._target_lsn, self._log.last_lsn())

    def wait_applied(self, lsn: int, timeout_s: float) -> bool:
        """Block until items up to `lsn` can be found by their words; False when the time is over."""
        return self._changes.progress.wait(lsn, timeout_s)

    def wait_vectors(self, lsn: int, timeout_s: float) -> bool:
        """Block until every lane has done `lsn`; False when the time is over."""
        until = time.monotonic() + timeout_s
        lanes = self._lanes().values()
        return all(lane.progress.wait(lsn, max(until - time.monotonic(), 0)) for lane in lanes)

    async def applied(self, lsn: int, timeout_s: float) -> None:
        """Return when items up to `lsn` can be found by their words. Raises Unavailable after the time."""
        await _reached(self._changes, lsn, timeout_s)

    async def refreshed(self, lsn: int, timeout_s: float) -> None:
        """Return when words and text vectors have done `lsn`. Raises Unavailable when that takes too long."""
        await _reached(self._changes if self._vectors is None else self._vectors, lsn, timeout_s)

    async def told(self, lsn: int, timeout_s: float) -> tuple[str, ...]:
        """Return what the further lanes that have done `lsn` by then are told as."""
        names = list(self._told)
        waits = (_reached(self._others[name], lsn, timeout_s) for name in names)
        outcomes = await asyncio.gather(*waits, return_exceptions=True)
        return tuple(
            self._told[name]
            for name, outcome in zip(names, outcomes, strict=True)
            if not isinstance(outcome, BaseException)
        )

    def health(self) -> dict[str, LaneHealth]:
        """Return how each lane fares, by name."""
        return {name: lane.health() for name, lane in self._lanes().items()}

    def _lanes(self) -> dict[str, Lane]:
        lanes = {"changes": self._changes}
        return lanes | ({} if self._vectors is None else {VECTORS: self._vectors}) | self._others

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


class _Items:
    """The rows of the log that are about items."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def read(self, after: int, limit: int) -> list[LogRow]:
        return self._log.read(after, limit, ITEMS)

    def wait(self, after: int, timeout_s: float) -> bool:
        return self._log.wait(after, timeout_s)


class _Applied:
    """The log as far as the change lane has come: what the lanes behind it may read."""

    def __init__(self, log: Log, changes: Lane) -> None:
        self._log = log
        self._changes = changes
        self._reach = 0

    def read(self, after: int, limit: int) -> list[LogRow]:
        applied = self._changes.progress.lsn
        if applied <= after:
            return []
        reach = max(limit, self._reach)
        rows = self._log.read(after, min(reach, applied - after), ITEMS)
        # Among thousands of events in a row it looks ever further ahead: looking costs more than rows do.
        self._reach = min(2 * reach, FURTHEST) if len(rows) <= 1 else limit
        return rows[:limit]

    def wait(self, after: int, timeout_s: float) -> bool:
        return self._changes.progress.wait(after + 1, timeout_s)
