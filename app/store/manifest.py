"""Holds the manifest of a snapshot: what is in it, and the digests that prove it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import file_digest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT_VERSION = 1
OLDEST_READABLE_VERSION = 1
MANIFEST_NAME = "manifest.json"


class BadSnapshot(Exception):
    """A snapshot that cannot be trusted; says why."""


@dataclass(frozen=True, slots=True)
class FileSeal:
    """Size and SHA-256 (hex) of one file."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`lsns` are the places in the log of `log_id` that the views have reached, by name.

    `files` are sealed by their path inside the snapshot. `saved_at` is seconds since the epoch.
    """

    format: int
    log_id: str
    saved_at: float
    lsns: Mapping[str, int]
    files: Mapping[str, FileSeal]


def seal_files(directory: Path) -> dict[str, FileSeal]:
    """Return the seal of every file below `directory`, by relative path, but its own manifest's."""
    own = directory / MANIFEST_NAME
    paths = sorted(path for path in directory.rglob("*") if path.is_file() and path != own)
    return {path.relative_to(directory).as_posix(): _seal(path) for path in paths}


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest beside the files it seals."""
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True)
    (directory / MANIFEST_NAME).write_text(text, encoding="utf-8")


def read_manifest(directory: Path) -> Manifest:
    """Read and check a snapshot's manifest and every file it names.

    Raises BadSnapshot for a manifest that is missing, of another version, or contradicted by a file.
    """
    try:
        body = json.loads((directory / MANIFEST_NAME).read_text(encoding="utf-8"))
        version = int(body["format"])
        if not OLDEST_READABLE_VERSION <= version <= FORMAT_VERSION:
            raise BadSnapshot(f"format {version} is not one of {OLDEST_READABLE_VERSION} to {FORMAT_VERSION}")
        files = {name: FileSeal(**seal) for name, seal in body["files"].items()}
        manifest = Manifest(version, body["log_id"], body["saved_at"], body["lsns"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSnapshot(f"no readable manifest: {error!r}") from error
    _check_files(directory, manifest)
    return manifest


def _check_files(directory: Path, manifest: Manifest) -> None:
    for name, seal in manifest.files.items():
        try:
            found = _seal(directory / name)
        except OSError as error:
            raise BadSnapshot(f"{name} cannot be read: {error}") from error
        if found != seal:
            raise BadSnapshot(f"{name} is not what was written: {found} instead of {seal}")


def _seal(path: Path) -> FileSeal:
    with path.open("rb") as file:
        return FileSeal(path.stat().st_size, file_digest(file, "sha256").hexdigest())
