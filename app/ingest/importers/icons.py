"""Imports the demo collection: every icon of the bundled fonts, drawn once as a small PNG."""

from __future__ import annotations

import hashlib
import io
from asyncio import get_running_loop
from collections import deque
from typing import TYPE_CHECKING

from app.domain.items import Item
from app.ingest.importers.pictures import picture_blob
from app.ingest.importers.pump import BATCH_ENTRIES, Entry, pump
from app.ingest.importers.report import ImportReport
from models.icons import render_mask

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncIterator, Iterator, Sequence
    from concurrent.futures import Executor

    from PIL.Image import Image

    from app.domain.log import Blob
    from app.domain.ports import Documents
    from app.ingest.importers.marker import Marker
    from app.ingest.importers.pump import Batch, Writer
    from app.ingest.importers.report import Progress
    from models.icons import Icon

PICTURE_SIZE = 128
DRAWING_VERSION = 1  # grows when the same icon would give another item or other bytes
_BATCHES_AHEAD = 2
_COMPRESSION = 6  # level 9 takes nine times as long and saves 6 % (measured on all icons)


async def import_icons(
    icons: Sequence[Icon],
    executor: Executor,
    writer: Writer,
    documents: Documents,
    progress: Progress,
    *,
    marker: Marker | None = None,
) -> ImportReport:
    """Draw the icons in `executor` and put them, a batch at a time, so that the collection fills meanwhile.

    Safe to repeat and to interrupt. With a marker that a whole import has left behind nothing is
    drawn, and what was deleted since stays deleted; without one every icon is compared again.
    """
    fingerprint = icons_fingerprint(icons)
    if marker is not None and marker.holds(fingerprint):
        progress(len(icons), len(icons))
        return ImportReport(unchanged=len(icons))
    report = await pump(_batches(icons, executor), writer, documents, len(icons), progress)
    if marker is not None and not report.rejected:
        marker.leave(fingerprint)
    return report


def icon_item(icon: Icon, picture: bytes) -> tuple[Item, Blob]:
    """Return the item that stands for an icon, with its drawn picture."""
    blob = picture_blob(picture)
    item = Item(
        id=icon.id,
        title=icon.title,
        tags=(*icon.tags, "brand") if icon.brand and "brand" not in icon.tags else icon.tags,
        category=icon.family,
        attributes={
            "concept": icon.concept,
            "family": icon.family,
            "weight": icon.weight,
            "codepoint": icon.codepoint,
            "brand": icon.brand,
        },
        picture=blob.digest,
        media_type=blob.media_type,
    )
    return item, blob


def draw(icons: Sequence[Icon]) -> list[bytes]:
    """Return each icon black on white as a grey PNG of 128 x 128 pixels. Runs in a process of its own."""
    return [_png(render_mask(icon, PICTURE_SIZE)) for icon in icons]


def icons_fingerprint(icons: Sequence[Icon]) -> str:
    """Return a digest that changes when the import of these icons would give something else."""
    digest = hashlib.sha256(f"{DRAWING_VERSION} {PICTURE_SIZE}".encode())
    for icon in icons:
        digest.update(repr((icon.id, icon.font, icon.codepoint, icon.tags, icon.brand)).encode())
    return digest.hexdigest()


def _png(mask: Image) -> bytes:
    """Ink is black: the picture is the mask turned over; one grey byte a pixel is half the size of RGB."""
    file = io.BytesIO()
    mask.point(lambda ink: 255 - ink).save(file, "PNG", compress_level=_COMPRESSION)
    return file.getvalue()


async def _batches(icons: Sequence[Icon], executor: Executor) -> AsyncIterator[Batch]:
    """Draw ahead of the writer, by a bounded number of batches."""
    loop = get_running_loop()
    ahead: deque[tuple[int, Sequence[Icon], Future[list[bytes]]]] = deque()
    try:
        for start, some in _parts(icons):
            ahead.append((start, some, loop.run_in_executor(executor, draw, some)))
            if len(ahead) > _BATCHES_AHEAD:
                yield await _drawn(*ahead.popleft())
        while ahead:
            yield await _drawn(*ahead.popleft())
    finally:
        for _, _, pictures in ahead:
            pictures.cancel()


def _parts(icons: Sequence[Icon]) -> Iterator[tuple[int, Sequence[Icon]]]:
    for start in range(0, len(icons), BATCH_ENTRIES):
        yield start, icons[start : start + BATCH_ENTRIES]


async def _drawn(start: int, icons: Sequence[Icon], pictures: Future[list[bytes]]) -> Batch:
    pairs = zip(icons, await pictures, strict=True)
    return [Entry(start + i, *icon_item(icon, picture)) for i, (icon, picture) in enumerate(pairs, 1)]
