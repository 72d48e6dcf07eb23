"""Opens what is known of people: the view of their activity, and what is learnt from it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.ingest.activity import ACTIVITY, Following
from app.ingest.learning import Learning
from app.ingest.maintenance import Maintenance, SnapshotPolicy
from app.search.people import People
from app.store.snapshots import SnapshotFolder
from indexes.behavior.activity import Activity

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bootstrap.tools import Tools

CATCH_UP_S = 600.0


@dataclass(frozen=True, slots=True)
class PeopleOfLog:
    """The view of activity of one process with what keeps it up to date, saved and learnt from."""

    activity: Activity
    following: Following
    learning: Learning
    maintenance: Maintenance

    def people(self, acknowledged: Callable[[], int]) -> People:
        """Return who looks people up for searches; `acknowledged` is the newest LSN a sender was told."""
        return People(lambda: self.learning.crowd, acknowledged, self.following.reached, time.time)

    async def open(self) -> None:
        """Follow the log and learn."""
        self.following.start()
        self.learning.start()
        self.maintenance.start()

    async def close(self) -> None:
        """Stop following, and take a last snapshot."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self.learning.stop()
        self.following.stop()
        self.maintenance.stop()

    async def forgotten(self, lsn: int) -> None:
        """Return when nothing this process holds or has saved goes back to what row `lsn` took away."""
        await self.following.reached(lsn, CATCH_UP_S)
        await asyncio.to_thread(self._purge)

    def _purge(self) -> None:
        self.learning.look()
        for _ in range(2):  # as many snapshots are kept: the older ones hold what must go
            self.maintenance.save_now()


def open_people(tools: Tools, *, anew: bool = False, saves: bool = True) -> PeopleOfLog:
    """Load the newest good snapshot of the view, or begin with nothing without one or when `anew` is set.

    Without `saves` snapshots are another process's to take.
    """
    settings, log = tools.settings, tools.store.log
    kept = settings.kept_events
    snapshots = SnapshotFolder(settings.data / "people", tools.store.log_id, time.time)
    loaded = snapshots.load(lambda path: Activity.load(path, kept), log.last_lsn())
    fresh = anew or loaded.views is None
    activity = Activity(kept) if fresh or loaded.views is None else loaded.views
    following = Following(log, activity, 0 if fresh else loaded.lsns.get(ACTIVITY, 0))
    learning = Learning(activity, settings.event_weights, time.time, time.monotonic)
    policy = SnapshotPolicy(every_rows=settings.snapshot_rows)
    maintenance = Maintenance(following, activity, snapshots, time.monotonic, policy, saves=saves)
    return PeopleOfLog(activity, following, learning, maintenance)


def catch_up_people(tools: Tools, *, anew: bool) -> None:
    """Apply the log to its end, from the last snapshot or `anew`, and take a snapshot."""
    people = open_people(tools, anew=anew)
    people.following.start()
    try:
        people.following.wait(tools.store.log.last_lsn(), CATCH_UP_S)
        people.maintenance.save_now()
    finally:
        people.following.stop()
