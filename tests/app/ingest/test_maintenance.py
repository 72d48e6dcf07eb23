"""When snapshots are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.ingest.maintenance import Maintenance, SnapshotPolicy
from tests.app.ingest.fakes import FakeViews, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


class FakeFollower:
    """A place in the log that is set by hand."""

    def __init__(self) -> None:
        self.lsn = 0

    def lsns(self) -> dict[str, int]:
        """Return the place."""
        return {"applied": self.lsn}


class FakeFolder:
    """Snapshots in a list; fails when told to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.saved: list[dict[str, int]] = []
        self.full = False

    def save(self, write: Callable[[Path], None], lsns: Mapping[str, int]) -> Path:
        """Save into a new folder."""
        if self.full:
            raise OSError("disk full")
        place = self.directory / str(len(self.saved))
        place.mkdir()
        write(place)
        self.saved.append(dict(lsns))
        return place


class Clock:
    """Seconds set by hand."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> FakeFolder:
    """A place for snapshots."""
    return FakeFolder(tmp_path)


POLICY = SnapshotPolicy(every_rows=10, every_s=100.0, poll_s=0.002, retry_s=5.0)


def test_rows_and_minutes(folder: FakeFolder) -> None:
    """A snapshot is taken after so many rows, or after so long with any change, and not otherwise."""
    follower, clock = FakeFollower(), Clock()
    maintenance = Maintenance(follower, FakeViews(), folder, clock, POLICY)
    assert not maintenance._due()
    follower.lsn = 9
    assert not maintenance._due()
    follower.lsn = 10
    assert maintenance._due()
    maintenance._attempt()
    clock.now = 1_000.0
    assert not maintenance._due()  # nothing has changed
    follower.lsn = 11
    assert maintenance._due()
    assert folder.saved == [{"applied": 10}]


def test_thread(folder: FakeFolder) -> None:
    """The thread takes what is due while it runs, and at the end what is left."""
    follower = FakeFollower()
    maintenance = Maintenance(follower, FakeViews(), folder, Clock(), POLICY)
    maintenance.start()
    follower.lsn = 12
    assert eventually(lambda: folder.saved == [{"applied": 12}])
    follower.lsn = 13
    maintenance.stop()
    assert folder.saved == [{"applied": 12}, {"applied": 13}]


def test_nothing_new_at_the_end(folder: FakeFolder) -> None:
    """Stopping takes no snapshot of what was just loaded."""
    maintenance = Maintenance(FakeFollower(), FakeViews(), folder, Clock(), POLICY)
    maintenance.start()
    maintenance.stop()
    assert folder.saved == []


def test_failure(folder: FakeFolder) -> None:
    """A failed snapshot is seen in health, tried again after a pause, and forgotten when it succeeds."""
    follower, clock = FakeFollower(), Clock()
    maintenance = Maintenance(follower, FakeViews(), folder, clock, POLICY)
    follower.lsn, folder.full = 10, True
    maintenance._attempt()
    assert maintenance.health().error == "OSError: disk full"
    assert not maintenance._due()
    clock.now = 5.0
    assert maintenance._due()
    folder.full = False
    assert maintenance.save_now().name == "0"
    health = maintenance.health()
    assert (health.lsns, health.error) == ({"applied": 10}, None)


def test_asked_for(folder: FakeFolder) -> None:
    """A snapshot asked for is taken at once and a failure is the asker's."""
    maintenance = Maintenance(FakeFollower(), FakeViews(), folder, Clock(), POLICY)
    assert maintenance.save_now().exists()
    folder.full = True
    with pytest.raises(OSError, match="disk full"):
        maintenance.save_now()
