"""Gives a process a folder of its own beside others, and sweeps away those of processes that died."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path
from tempfile import mkdtemp

LOCK = ".lock"


class Workspace:
    """A folder that is this process's until `close`; a lock that dies with its holder says so."""

    def __init__(self, parent: Path) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        self.path = Path(mkdtemp(dir=parent))
        self._lock = (self.path / LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        for other in parent.iterdir():
            if other != self.path and _is_orphan(other):
                shutil.rmtree(other, ignore_errors=True)

    @property
    def views(self) -> Path:
        """Where the views may write; made by them."""
        return self.path / "views"

    def close(self) -> None:
        """Remove the folder and let go of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _is_orphan(folder: Path) -> bool:
    """Tell whether nobody holds the folder; one without a lock yet has just been made."""
    try:
        with (folder / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
