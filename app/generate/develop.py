"""Turns an engine's pixels into what a job keeps: an encoded file, its record, and an item to be found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.items import GENERATED, Item
from app.domain.jobs import Picture
from app.domain.log import Blob
from app.generate.encode import Finish, delivered, format_named
from app.generate.materials import LATENT
from app.generate.receipts import receipt_json, receipt_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from app.domain.engine import EngineEvent, Pixels
    from app.domain.jobs import GenerationRequest, Job
    from app.generate.copies import Copies

CATEGORY = "generated"
DISPLAYED = "png"  # what an item shows when its file is no raster


@dataclass(frozen=True, slots=True)
class Print:
    """One finished picture of a job; `item` is None when it is not to be kept.

    `blob` is the file that was asked for; `blobs` are all that must become durable with it: the file,
    the latent, and a raster for the item to show when the file is none.
    """

    picture: Picture
    blob: Blob
    blobs: tuple[Blob, ...]
    item: Item | None
    evaluations: int
    rows: int


def item_id(job_id: str, index: int) -> str:
    """Return the id under which a job's picture is found."""
    return f"generated/{job_id}/{index}"


def finished(
    job: Job,
    event: EngineEvent,
    model_digest: str | None,
    copies: Copies | None = None,
) -> Print:
    """Encode a finished picture with its receipt. The event has pixels and an index.

    What `copies` finds is told beside the receipt, not inside the file, whose bytes depend on the
    request alone.
    """
    pixels, index = _required(event.pixels), event.index or 0
    request, form = job.request, format_named(job.request.format)
    finish = _finish(request)
    picture = delivered(form, pixels, finish)
    receipt = receipt_of(request, event, pixels, picture, model_digest)
    file = blob_of(form.media_type, form.encode(picture, finish, receipt_json(receipt)))
    latent = [] if event.latent is None else [blob_of(LATENT, event.latent)]
    shown = _shown(request, pixels, receipt) if form.is_vector and request.save else file
    told = receipt if copies is None else receipt | {"near_copy": _near_copy(copies, pixels)}
    kept = item_id(job.id, index) if request.save else None
    record = Picture(index, file.digest, file.media_type, kept, told)
    blobs = (file, *latent) if shown is file else (file, shown, *latent)
    return Print(record, file, blobs, _item(job, record, shown), event.step or 0, event.rows or 0)


def preview(request: GenerationRequest, pixels: Pixels) -> tuple[bytes, str]:
    """Return an encoded preview in the size and format that were asked for, and its media type."""
    form, finish = format_named(request.format), _finish(request)
    return form.encode(delivered(form, pixels, finish), finish, None), form.media_type


def blob_of(media_type: str, content: bytes) -> Blob:
    """Return bytes under their digest."""
    return Blob(hashlib.sha256(content).hexdigest(), media_type, content)


def _shown(request: GenerationRequest, pixels: Pixels, receipt: Mapping[str, Any]) -> Blob:
    form, finish = format_named(DISPLAYED), _finish(request)
    content = form.encode(delivered(form, pixels, finish), finish, receipt_json(receipt))
    return blob_of(form.media_type, content)


def _near_copy(copies: Copies, pixels: Pixels) -> dict[str, Any] | None:
    near = copies.nearest(pixels)
    return None if near is None else {"item": near.item, "similarity": near.similarity}


def _item(job: Job, record: Picture, shown: Blob) -> Item | None:
    if record.item is None:
        return None
    return Item(
        id=record.item,
        title=job.request.prompt.strip(),
        category=CATEGORY,
        attributes={"model": job.request.model, "size": job.request.size},
        picture=shown.digest,
        media_type=shown.media_type,
        created_at=job.created_at,
        origin=GENERATED,
        receipt=record.receipt,
    )


def _finish(request: GenerationRequest) -> Finish:
    width, height = request.size.split("x")
    return Finish(int(width), int(height), request.compression, request.background == "transparent")


def _required(pixels: Pixels | None) -> Pixels:
    if pixels is None:
        raise ValueError("a finished picture has pixels")
    return pixels
