"""Keeps saved views on disk: each appears whole or not at all, and is proved when read."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from uuid import uuid4

from app.store.manifest import (
    FORMAT_VERSION,
    BadSnapshot,
    Manifest,
    read_manifest,
    seal_files,
    write_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

KEPT = 2
PREFIX = "snapshot-"
UNFINISHED = "unfinished-"
VIEWS = "views"  # the folder inside a snapshot that belongs to the views alone
LOCK_NAME = ".lock"
LOGGER = logging.getLogger(__name__)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[V]):
    """The newest good snapshot: its views, None when there is none; `problems` tell of bad ones."""

    views: V | None
    lsns: Mapping[str, int]
    path: Path | None
    problems: tuple[str, ...] = ()


class SnapshotFolder:
    """A folder of snapshots of one log; a file lock lets several processes share it.

    `clock` gives seconds since the epoch, UTC.
    """

    def __init__(self, directory: Path, log_id: str, clock: Callable[[], float]) -> None:
        self._directory = directory
        self._log_id = log_id
        self._clock = clock
        directory.mkdir(parents=True, exist_ok=True)

    def save(self, write: Callable[[Path], None], lsns: Mapping[str, int]) -> Path:
        """Let `write` fill an empty folder, seal it, and return its final place. Keeps the last two.

        Raises whatever `write` raises, and OSError; the folder then holds what it held before.
        """
        with self._locked(fcntl.LOCK_EX):
            self._sweep()
            unfinished = self._directory / f"{UNFINISHED}{uuid4().hex}"
            (unfinished / VIEWS).mkdir(parents=True)
            try:
                write(unfinished / VIEWS)
                files = seal_files(unfinished)
                write_manifest(
                    unfinished, Manifest(FORMAT_VERSION, self._log_id, self._clock(), dict(lsns), files)
                )
                _sync_tree(unfinished)
                final = self._directory / f"{PREFIX}{self._next_number():010d}"
                unfinished.rename(final)
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
            _sync(self._directory)
            self._prune(final)
        return final

    def load(self, read: Callable[[Path], V], last_lsn: int) -> Loaded[V]:
        """Return the newest snapshot that proves good, of this log, and not ahead of `last_lsn`.

        Whatever `read` raises makes a snapshot a bad one: it is reported and the next is tried.
        """
        problems: list[str] = []
        with self._locked(fcntl.LOCK_SH):
            for path in reversed(self.paths()):
                try:
                    manifest = read_manifest(path)
                    self._check_log(manifest, last_lsn)
                    return Loaded(read(path / VIEWS), manifest.lsns, path, tuple(problems))
                except Exception as error:  # a bad snapshot must never keep the service down
                    LOGGER.exception("snapshot %s is skipped", path.name)
                    problems.append(f"{path.name}: {error}")
        return Loaded(None, {}, None, tuple(problems))

    def paths(self) -> list[Path]:
        """Return the snapshots there are, oldest first, good or bad."""
        return sorted(path for path in self._directory.glob(f"{PREFIX}*") if path.is_dir())

    def _check_log(self, manifest: Manifest, last_lsn: int) -> None:
        if manifest.log_id != self._log_id:
            raise BadSnapshot("taken from another log")
        if max(manifest.lsns.values(), default=0) > last_lsn:
            raise BadSnapshot(f"ahead of the log, which ends at {last_lsn}: {dict(manifest.lsns)}")

    def _next_number(self) -> int:
        taken = [int(path.name.removeprefix(PREFIX)) for path in self.paths()]
        return max(taken, default=0) + 1

    def _prune(self, newest: Path) -> None:
        """Remove all but the last good ones; a damaged one is never kept in the place of a good one."""
        kept = 1
        for path in reversed(self.paths()):
            if path == newest:
                continue
            if kept < KEPT and self._is_good(path):
                kept += 1
            else:
                shutil.rmtree(path, ignore_errors=True)

    def _is_good(self, path: Path) -> bool:
        try:
            return read_manifest(path).log_id == self._log_id
        except BadSnapshot:
            return False

    def _sweep(self) -> None:
        for path in self._directory.glob(f"{UNFINISHED}*"):
            shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Hold the folder's lock: it guards the set of snapshots; a killed process lets go of it."""
        with (self._directory / LOCK_NAME).open("w") as file:
            fcntl.flock(file, how)
            yield


def _sync_tree(directory: Path) -> None:
    for path in directory.rglob("*"):
        _sync(path)
    _sync(directory)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
