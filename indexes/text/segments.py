"""Copies a term index as it was last committed, by its immutable files, while merges go on."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from indexes.errors import DamagedSnapshot

if TYPE_CHECKING:
    from pathlib import Path

META, MANAGED = "meta.json", ".managed.json"
MAX_TRIES = 20


def copy_segments(source: Path, target: Path) -> None:
    """Give `target` the files that the source's meta file names, linked where possible.

    A merge may replace the meta file and drop old files between two of our steps; then we begin
    again with the newer meta file, which has the same contents. Raises DamagedSnapshot.
    """
    for _ in range(MAX_TRIES):
        try:
            meta = (source / META).read_bytes()
            names = segment_files(source, meta)
            for name in names:
                _link(source / name, target / name)
        except FileNotFoundError:
            continue
        except ValueError as error:
            raise DamagedSnapshot(f"the term index has no readable {META}: {error}") from error
        (target / META).write_bytes(meta)
        (target / MANAGED).write_text(json.dumps([META, *names]))
        return
    raise DamagedSnapshot("files of the term index are missing")


def segment_files(directory: Path, meta: bytes) -> list[str]:
    """Return the names of the files of every segment that a meta file lists, sorted."""
    names: list[str] = []
    for segment in json.loads(meta)["segments"]:
        prefix = segment["segment_id"].replace("-", "")
        parts = [path.name for path in directory.glob(f"{prefix}.*")]
        deletes = segment.get("deletes")
        wanted = None if deletes is None else f"{prefix}.{deletes['opstamp']}.del"
        names += [name for name in parts if not name.endswith(".del") or name == wanted]
        if not parts or (wanted is not None and wanted not in parts):
            raise FileNotFoundError(prefix)
    return sorted(names)


def _link(source: Path, target: Path) -> None:
    if target.exists():
        return
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
