"""Writes the collection as a folder that `import_folder` reads back exactly."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import Conflict
from app.ingest.importers.fields import line_of
from app.ingest.importers.folder import METADATA
from app.ingest.importers.pictures import SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.log import Blob
    from app.domain.ports import Blobs, Documents
    from app.ingest.importers.report import Progress

_REPORT_EVERY = 256


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written; `missing` are the ids of items whose picture is not in the store any more."""

    items: int
    pictures: int
    missing: tuple[str, ...] = ()


def export_folder(
    documents: Documents, blobs: Blobs, directory: Path, progress: Progress, *, replace: bool = False
) -> ExportReport:
    """Write `metadata.jsonl` in id order and each picture once, named by its digest.

    One item is in memory at a time, and the metadata takes its name when it is complete. An item
    whose picture is lost is written without one and reported. Raises Conflict when the folder holds
    a `metadata.jsonl` and `replace` is not set.
    """
    target = directory / METADATA
    if target.exists() and not replace:
        raise Conflict(f"{target} exists already")
    directory.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    report = _write_lines(documents, blobs, partial, progress)
    partial.replace(target)
    return report


def _write_lines(documents: Documents, blobs: Blobs, path: Path, progress: Progress) -> ExportReport:
    total = documents.count()
    items, pictures, missing = 0, 0, list[str]()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for item in documents.scan():
            blob = blobs.get(item.picture) if item.picture else None
            name = None if blob is None else _write_picture(path.parent, blob)
            file.write(json.dumps(line_of(item, name), ensure_ascii=False) + "\n")
            items += 1
            pictures += name is not None
            if item.picture and blob is None:
                missing.append(item.id)
            if items % _REPORT_EVERY == 0:
                progress(min(items, total), total)
        file.flush()
        os.fsync(file.fileno())
    progress(items, items)
    return ExportReport(items, pictures, tuple(missing))


def _write_picture(directory: Path, blob: Blob) -> str:
    """Write the picture unless it is there in full, and return its name relative to the folder."""
    suffix = SUFFIXES.get(blob.media_type, ".bin")
    name = f"pictures/{blob.digest[:2]}/{blob.digest}{suffix}"
    path = directory / name
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == blob.digest:
        return name
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(blob.content)
    partial.replace(path)
    return name
