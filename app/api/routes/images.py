"""Makes pictures in OpenAI's shapes: from words, from a picture and words, from a picture alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.api.deps import KeyDep, ServicesDep, claim, generation
from app.api.pictures import Telling
from app.api.schemas.edits import EditBody, Form, VariationBody, digest_of, read_body, read_form
from app.api.schemas.images import GenerationBody, wire_names
from app.domain.errors import InvalidInput
from app.generate.pictures import UploadLimits, check_mask, read_upload
from app.generate.service import Generation

if TYPE_CHECKING:
    from app.domain.log import Blob
    from app.services import Services

router = APIRouter(tags=["images"])
GenerationDep = Annotated[Generation, Depends(generation)]


@router.post("/v1/images/generations")
async def generate(
    body: GenerationBody, request: Request, making: GenerationDep, found: ServicesDep, key: KeyDep
) -> Response:
    """Make pictures for a prompt; a caller who hangs up without an idempotency key cancels them."""
    with wire_names():
        written = claim(key, request, await request.body())
        job = await making.submit(
            body.to_request(), written, prime=body.to_prime(), neighbours=body.to_neighbours()
        )
    telling = Telling("image_generation", body, cancels=key is None)
    return await telling.answer(job, request, making, found)


@router.post("/v1/images/edits")
async def edit(request: Request, making: GenerationDep, found: ServicesDep, key: KeyDep) -> Response:
    """Draw a prompt into a picture: where its mask is transparent, or over all of it by `strength`."""
    form = await read_form(request)
    body = read_body(EditBody, form.values)
    picture = await _upload(form, "image", found)
    if picture is None:
        raise InvalidInput("image", "there is no picture to edit")
    mask = await _upload(form, "mask", found)
    if mask is not None:
        await asyncio.to_thread(check_mask, mask, picture)
    uploads = (picture,) if mask is None else (picture, mask)
    with wire_names():
        written = claim(key, request, digest_of(form.values, uploads))
        job = await making.submit(body.to_request(picture, mask), written, uploads=uploads)
    telling = Telling("image_edit", body, cancels=key is None)
    return await telling.answer(job, request, making, found)


@router.post("/v1/images/variations")
async def vary(request: Request, making: GenerationDep, found: ServicesDep, key: KeyDep) -> Response:
    """Draw a picture, or an item's, again as far as `strength` says."""
    form = await read_form(request)
    body = read_body(VariationBody, form.values)
    picture = await _upload(form, "image", found)
    if (picture is None) == (body.item is None):
        raise InvalidInput("image", "send a picture, or name an item to vary")
    whole, title = (picture, "") if picture else await asyncio.to_thread(_of_item, body.item or "", found)
    with wire_names():
        written = claim(key, request, digest_of(form.values, (whole,)))
        job = await making.submit(body.to_request(whole, title), written, uploads=(whole,))
    telling = Telling("image_variation", body, cancels=key is None)
    return await telling.answer(job, request, making, found)


async def _upload(form: Form, field: str, found: Services) -> Blob | None:
    content = form.only(field)
    if content is None:
        return None
    limits = UploadLimits(found.settings.max_picture_bytes, found.settings.max_picture_pixels)
    return await asyncio.to_thread(read_upload, field, content, limits)


def _of_item(item_id: str, found: Services) -> tuple[Blob, str]:
    item = found.documents.get(item_id)
    picture = None if item is None or item.picture is None else found.blobs.get(item.picture)
    if item is None or picture is None:
        raise InvalidInput("item", f"there is no item {item_id!r} with a picture")
    return picture, item.title
