"""Follows the log for what people do, and brings it into the view of activity."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.domain.log import Kind
from app.ingest.lane import Lane, LaneLimits
from indexes.behavior.changes import Act, Blank, Edit, Forget, Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.log import LogRow
    from app.domain.ports import Log
    from app.ingest.lane import LaneHealth
    from indexes.behavior.activity import Activity
    from indexes.behavior.changes import ActivityChange

ACTIVITY = "activity"  # the name of this view's LSN in a snapshot
KINDS = (Kind.EVENT, Kind.DEVICE, Kind.PROFILE, Kind.FORGET)


class Following:
    """One lane of its own: what was acknowledged counts as soon as it is applied, whatever else lags."""

    def __init__(
        self, log: Log, activity: Activity, start_lsn: int = 0, limits: LaneLimits | None = None
    ) -> None:
        self._activity = activity
        start = max(activity.lsn, start_lsn)
        self._lane = Lane(
            ACTIVITY, _People(log), self._consume, start, limits or LaneLimits(batch_rows=2_000)
        )

    @property
    def lsn(self) -> int:
        """The LSN up to which everything that people did is counted."""
        return self._lane.progress.lsn

    def start(self) -> None:
        """Begin to follow; returns at once."""
        self._lane.start()

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        self._lane.stop()

    def lsns(self) -> dict[str, int]:
        """Return what a snapshot taken from now on is sure to hold."""
        return {ACTIVITY: self.lsn}

    def health(self) -> LaneHealth:
        """Return how the lane fares."""
        return self._lane.health()

    def wait(self, lsn: int, timeout_s: float) -> bool:
        """Block until `lsn` is counted; False when the time is over."""
        return self._lane.progress.wait(lsn, timeout_s)

    async def reached(self, lsn: int, timeout_s: float) -> bool:
        """Return whether `lsn` is counted, waiting no longer than this for it."""
        if self.lsn >= lsn:
            return True
        try:
            await asyncio.wait_for(asyncio.wrap_future(self._lane.progress.reached(lsn)), timeout_s)
        except TimeoutError:
            return False
        return True

    def _consume(self, rows: Sequence[LogRow]) -> None:
        changes = [change for row in rows if (change := activity_of(row)) is not None]
        self._activity.apply(changes, rows[-1].lsn)


def activity_of(row: LogRow) -> ActivityChange | None:
    """Return what the row changes in the view of activity, None when nothing."""
    body = row.body
    if row.kind is Kind.EVENT:
        if "type" not in body:
            return Blank(row.lsn)
        get = body.get
        words = (get("user"), get("device"), get("session"), get("item"), get("query"))
        return Act(row.lsn, body["at"], body["type"], *words)
    if row.kind is Kind.DEVICE:
        return Link(row.lsn, row.key, body["user"]) if "user" in body else None
    if row.kind is Kind.PROFILE:
        return Edit(row.lsn, row.key, body["said"]) if "said" in body else None
    if row.kind is Kind.FORGET:
        return Forget(row.lsn, body["user"], tuple(body.get("devices", ())))
    return None


class _People:
    """The rows of the log that are about people."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def read(self, after: int, limit: int) -> list[LogRow]:
        return self._log.read(after, limit, KINDS)

    def wait(self, after: int, timeout_s: float) -> bool:
        return self._log.wait(after, timeout_s)
