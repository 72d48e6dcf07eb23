"""Turns an engine's pixels into what a job keeps: an encoded file, its record, and an item to be found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.items import GENERATED, Item
from app.domain.jobs import Picture
from app.domain.log import Blob
from app.generate.encode import format_named, resampled
from app.generate.receipts import receipt_json, receipt_of

if TYPE_CHECKING:
    from app.domain.engine import EngineEvent, Pixels
    from app.domain.jobs import GenerationRequest, Job

CATEGORY = "generated"


@dataclass(frozen=True, slots=True)
class Print:
    """One finished picture of a job; `item` is None when it is not to be kept."""

    picture: Picture
    blob: Blob
    item: Item | None
    evaluations: int
    rows: int


def item_id(job_id: str, index: int) -> str:
    """Return the id under which a job's picture is found."""
    return f"generated/{job_id}/{index}"


def finished(job: Job, event: EngineEvent, model_digest: str | None) -> Print:
    """Encode a finished picture with its receipt. The event has pixels and an index."""
    pixels, index = _required(event.pixels), event.index or 0
    request = job.request
    picture = resampled(pixels, *_size(request))
    receipt = receipt_of(request, event, pixels, picture, model_digest)
    form = format_named(request.format)
    content = form.encode(picture, request.compression, receipt_json(receipt))
    blob = Blob(hashlib.sha256(content).hexdigest(), form.media_type, content)
    kept = item_id(job.id, index) if request.save else None
    record = Picture(index, blob.digest, blob.media_type, kept, receipt)
    return Print(record, blob, _item(job, record), event.step or 0, event.rows or 0)


def preview(request: GenerationRequest, pixels: Pixels) -> tuple[bytes, str]:
    """Return an encoded preview in the size and format that were asked for, and its media type."""
    form = format_named(request.format)
    return form.encode(resampled(pixels, *_size(request)), request.compression, None), form.media_type


def _item(job: Job, record: Picture) -> Item | None:
    if record.item is None:
        return None
    return Item(
        id=record.item,
        title=job.request.prompt.strip(),
        tags=(CATEGORY,),
        category=CATEGORY,
        attributes={"model": job.request.model, "size": job.request.size},
        picture=record.digest,
        media_type=record.media_type,
        created_at=job.created_at,
        origin=GENERATED,
        receipt=record.receipt,
    )


def _size(request: GenerationRequest) -> tuple[int, int]:
    width, height = request.size.split("x")
    return int(width), int(height)


def _required(pixels: Pixels | None) -> Pixels:
    if pixels is None:
        raise ValueError("a finished picture has pixels")
    return pixels
