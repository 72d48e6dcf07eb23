"""Moves batches of entries into the collection: skips what is there, writes the rest, reports on the way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from app.ingest.importers.fields import FILE_NAME
from app.ingest.importers.report import ImportReport, Rejection
from app.ingest.pictures import FIELD as UPLOAD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from app.domain.errors import InvalidInput
    from app.domain.items import Item
    from app.domain.log import Blob
    from app.domain.ports import Documents
    from app.ingest.importers.report import Progress
    from app.ingest.items import BatchOutcome

BATCH_ENTRIES = 256
BATCH_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """An item ready to be put, with its picture's bytes and the line (from 1) that it came from."""

    line: int
    item: Item
    blob: Blob | None


Batch: TypeAlias = "list[Entry | Rejection]"


class Writer(Protocol):
    """What an import asks of `app.ingest.items.ItemWriter`."""

    async def put_many(self, entries: Sequence[tuple[Item, bytes | None]]) -> BatchOutcome:
        """Return once the good entries are durable, with the refused ones by their index."""
        ...


async def pump(
    batches: AsyncIterator[Batch], writer: Writer, documents: Documents, total: int, progress: Progress
) -> ImportReport:
    """Write every entry that the collection does not hold in the same state already.

    An interrupted import is begun again by calling this again: what was written is then unchanged.
    """
    report = ImportReport()
    async for batch in batches:
        report = _add(report, await _put(batch, writer, documents))
        progress(min(report.total, total), total)
    progress(total, total)
    return report


async def in_thread(batches: Iterator[Batch]) -> AsyncIterator[Batch]:
    """Pull each batch in a thread, so that reading files never holds up the event loop."""
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        yield batch


def batched(entries: Iterator[Entry | Rejection]) -> Iterator[Batch]:
    """Group entries, by number and by the size of their pictures."""
    batch: Batch = []
    size = 0
    for entry in entries:
        batch.append(entry)
        if isinstance(entry, Entry) and entry.blob is not None:
            size += len(entry.blob.content)
        if len(batch) >= BATCH_ENTRIES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


async def _put(batch: Batch, writer: Writer, documents: Documents) -> ImportReport:
    entries = [entry for entry in batch if isinstance(entry, Entry)]
    fresh = await asyncio.to_thread(_fresh, entries, documents)
    refused = [] if not fresh else await _write(fresh, writer)
    unreadable = [entry for entry in batch if isinstance(entry, Rejection)]
    rejected = sorted([*refused, *unreadable], key=lambda rejection: rejection.line)
    return ImportReport(len(fresh) - len(refused), len(entries) - len(fresh), tuple(rejected))


async def _write(entries: list[Entry], writer: Writer) -> list[Rejection]:
    outcome = await writer.put_many(
        [(entry.item, None if entry.blob is None else entry.blob.content) for entry in entries]
    )
    return [_refused(entries[refusal.index], refusal.error) for refusal in outcome.rejected]


def _refused(entry: Entry, error: InvalidInput) -> Rejection:
    field = FILE_NAME if error.field == UPLOAD else error.field  # in the terms of who wrote the line
    return Rejection(entry.line, entry.item.id, f"{field}: {error.message}")


def _fresh(entries: list[Entry], documents: Documents) -> list[Entry]:
    """Return the entries that would change something, also when one id stands twice among them."""
    known = documents.get_many([entry.item.id for entry in entries])
    fresh = []
    for entry in entries:
        held = known.get(entry.item.id)
        if held is None or not same(held, entry.item):
            known[entry.item.id] = entry.item
            fresh.append(entry)
    return fresh


def same(one: Item, other: Item) -> bool:
    """Tell whether two items are equal; `true` and 1 are different values, 1 and 1.0 are not."""
    flags = [
        {name for name, value in item.attributes.items() if isinstance(value, bool)} for item in (one, other)
    ]
    return one == other and flags[0] == flags[1]


def _add(one: ImportReport, other: ImportReport) -> ImportReport:
    return ImportReport(
        one.accepted + other.accepted, one.unchanged + other.unchanged, one.rejected + other.rejected
    )
