"""Imports a folder of pictures beside a `metadata.jsonl` that says what each of them is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput, NotFound, TooLarge
from app.ingest.importers.fields import FILE_NAME, item_of, line_id
from app.ingest.importers.lines import count_lines, read_lines
from app.ingest.importers.pictures import read_picture
from app.ingest.importers.pump import Entry, batched, in_thread, pump
from app.ingest.importers.report import Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.domain.ports import Documents
    from app.ingest.importers.lines import Line
    from app.ingest.importers.pump import Writer
    from app.ingest.importers.report import ImportReport, Progress

METADATA = "metadata.jsonl"


async def import_folder(
    directory: Path, writer: Writer, documents: Documents, progress: Progress
) -> ImportReport:
    """Put every line of `directory/metadata.jsonl`; a line that names no `file_name` is a text item.

    Safe to repeat: entries that the collection holds unchanged are not written again. Raises NotFound
    when there is no such file.
    """
    metadata = directory / METADATA
    if not metadata.is_file():
        raise NotFound("file", str(metadata))
    total = await asyncio.to_thread(count_lines, metadata)
    batches = in_thread(batched(read_folder(directory)))
    return await pump(batches, writer, documents, total, progress)


def read_folder(directory: Path) -> Iterator[Entry | Rejection]:
    """Yield what each line of the folder stands for, in order; a bad line yields its rejection."""
    root = directory.resolve()
    for line in read_lines(directory / METADATA):
        yield _entry(root, line)


def _entry(root: Path, line: Line) -> Entry | Rejection:
    if line.fields is None:
        return Rejection(line.number, None, line.error or "the line is empty")
    identity = None
    try:
        identity = line_id(line.fields)
        name = line.fields.get(FILE_NAME)
        blob = None if name is None else read_picture(root, name)
        return Entry(line.number, item_of(line.fields, blob), blob)
    except (InvalidInput, TooLarge) as error:
        return Rejection(line.number, identity, f"{error.field}: {error.message}")
