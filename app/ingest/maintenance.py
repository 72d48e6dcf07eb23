"""Takes snapshots of the views: every so many rows, every so many minutes, and at the end."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from app.domain.ports import Snapshots

LOGGER = logging.getLogger(__name__)


class Saved(Protocol):
    """What can be written into an empty directory."""

    def save(self, directory: Path) -> None: ...


class Follower(Protocol):
    """Who knows how far the views have come."""

    def lsns(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class SnapshotPolicy:
    """A snapshot is due after `every_rows` rows of the log, or `every_s` seconds with any change."""

    every_rows: int = 20_000
    every_s: float = 900.0
    poll_s: float = 1.0
    retry_s: float = 60.0


@dataclass(frozen=True, slots=True)
class SnapshotHealth:
    """The last snapshot's LSNs, and what the last attempt failed with."""

    lsns: Mapping[str, int]
    error: str | None


class Maintenance:
    """One thread that watches the views' progress. `clock` gives monotonic seconds.

    Without `saves` snapshots are taken only when somebody asks for one.

    What the views hold when this is built counts as saved: build it before the replay is started.
    """

    def __init__(
        self,
        follower: Follower,
        views: Saved,
        snapshots: Snapshots,
        clock: Callable[[], float],
        policy: SnapshotPolicy | None = None,
        *,
        saves: bool = True,
    ) -> None:
        self._follower = follower
        self._views = views
        self._snapshots = snapshots
        self._clock = clock
        self._policy = policy or SnapshotPolicy()
        self._saves = saves
        self._saving = Lock()  # guards the four below: one snapshot at a time
        self._saved: Mapping[str, int] = dict(follower.lsns())
        self._saved_at = clock()
        self._retry_at = clock()
        self._error: str | None = None
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="maintenance", daemon=True)

    def start(self) -> None:
        """Begin to watch, unless snapshots are another process's to take."""
        if self._saves:
            self._thread.start()

    def stop(self) -> None:
        """End the thread and take a last snapshot when anything has changed since the one before."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._saves and dict(self._follower.lsns()) != dict(self._saved):
            self._attempt()

    def save_now(self) -> Path:
        """Take a snapshot and return its folder. Raises OSError, or what saving the views raises."""
        with self._saving:
            lsns = dict(self._follower.lsns())  # read first: the views then hold at least this much
            path = self._snapshots.save(self._views.save, lsns)
            self._saved, self._saved_at, self._error = lsns, self._clock(), None
        return path

    def health(self) -> SnapshotHealth:
        """Return what the last snapshot holds and whether the last attempt failed."""
        return SnapshotHealth(self._saved, self._error)

    def _run(self) -> None:
        while not self._stopping.wait(self._policy.poll_s):
            if self._due():
                self._attempt()

    def _due(self) -> bool:
        now, lsns = self._clock(), dict(self._follower.lsns())
        if now < self._retry_at or lsns == dict(self._saved):
            return False
        rows = max(lsn - self._saved.get(name, 0) for name, lsn in lsns.items())
        return rows >= self._policy.every_rows or now - self._saved_at >= self._policy.every_s

    def _attempt(self) -> None:
        try:
            self.save_now()
        except Exception as error:
            LOGGER.exception("no snapshot was taken")
            self._error = f"{type(error).__name__}: {error}"
            self._retry_at = self._clock() + self._policy.retry_s
