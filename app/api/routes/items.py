"""Writes and reads items, one at a time or as lines of JSON."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import ValidationError
from starlette.responses import Response

from app.api.deps import KeyDep, Refresh, ServicesDep, claim, within
from app.api.errors import field_path
from app.api.lines import read_lines
from app.api.pictures import picture_headers
from app.api.schemas.items import IMAGE_SUFFIX, ItemBody, check_id, image_url, item_json
from app.domain.errors import InvalidInput, NotFound
from app.domain.vectors import check_vector
from app.generate.tracing import traced

if TYPE_CHECKING:
    from app.domain.log import Appended
    from app.services import Services

router = APIRouter(tags=["items"])
ItemId = Annotated[str, Path(description="The caller's id; slashes may stand as they are.")]
DrawnAs = Annotated[Literal["svg"] | None, Query(alias="format", description="Outlines instead of pixels.")]
Background = Annotated[Literal["opaque", "transparent"], Query(description="The paper under outlines.")]
REVALIDATE = "private, max-age=0, must-revalidate"


@router.post("/v1/items:batch")
async def put_many(
    request: Request, found: ServicesDep, key: KeyDep, refresh: Refresh = False
) -> dict[str, Any]:
    """Write many items, one JSON object a line; a bad line never spoils its neighbours."""
    accepted, rejected, lsn = 0, list[dict[str, Any]](), 0
    async for chunk in read_lines(request, found.settings.max_body_bytes):
        good, bad = [], []
        for line in chunk.lines:
            try:
                good.append((line.number, _entry(line.content, found)))
            except InvalidInput as error:
                bad.append(_rejection(line.number, None, error))
        batch_claim = claim(None if key is None else f"{key}#{chunk.number}", request, chunk.content)
        outcome = await found.items.put_many([entry for _, entry in good], batch_claim)
        refused = {refusal.index: refusal.error for refusal in outcome.rejected}
        bad += [_rejection(good[i][0], good[i][1][0].id, error) for i, error in refused.items()]
        accepted += len(good) - len(refused)
        lsn = max(lsn, outcome.appended.lsn)
        rejected += sorted(bad, key=lambda entry: entry["line"])
    searchable = await _searchable(lsn, refresh, found)
    return {"accepted": accepted, "rejected": rejected, "lsn": lsn} | searchable


def _entry(content: bytes, found: Services) -> tuple[Any, bytes | None]:
    try:
        body = ItemBody.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(field_path(("line", *first["loc"])), first["msg"]) from error
    if body.id is None:
        raise InvalidInput("id", "every line names its id")
    _check_vectors(body, found)
    return body.to_item(body.id), body.picture()


def _rejection(line: int, item_id: str | None, error: InvalidInput) -> dict[str, Any]:
    return {"line": line, "id": item_id, "error": {"field": error.field, "message": error.message}}


def _check_vectors(body: ItemBody, found: Services) -> None:
    text_dim = found.text_dim
    if body.embedding is not None and len(body.embedding) != text_dim:
        wanted = "no vectors" if text_dim is None else f"vectors of {text_dim} numbers"
        raise InvalidInput("embedding", f"this service holds {wanted}, not of {len(body.embedding)}")
    for name, vector in body.embeddings.items():
        check_vector(found.settings.vector_fields, f"embeddings.{name}", name, vector)


@router.get("/v1/items/{item_id:path}" + IMAGE_SUFFIX)
async def get_image(
    item_id: ItemId,
    request: Request,
    found: ServicesDep,
    drawn: DrawnAs = None,
    background: Background = "opaque",
) -> Response:
    """Send the item's picture as it was put in, or its outlines."""
    item = found.documents.get(_id(item_id))
    blob = None if item is None or item.picture is None else found.blobs.get(item.picture)
    if blob is None:
        raise NotFound("picture", item_id)
    if drawn == "svg":
        blob = await asyncio.to_thread(traced, blob, transparent=background == "transparent")
    headers = {**picture_headers(blob), "ETag": f'"{blob.digest}"', "Cache-Control": REVALIDATE}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(blob.content, media_type=blob.media_type, headers=headers)


@router.get("/v1/items/{item_id:path}")
async def get_item(item_id: ItemId, found: ServicesDep) -> dict[str, Any]:
    """Return the item as it was last written."""
    item = found.documents.get(_id(item_id))
    if item is None:
        raise NotFound("item", item_id)
    body = item_json(item) | {"image_url": image_url(item)}
    if item.embedding is not None:
        body["embedding"] = list(item.embedding)
    if item.embeddings:
        body["embeddings"] = {name: list(vector) for name, vector in item.embeddings.items()}
    return body


@router.put("/v1/items/{item_id:path}")
async def put_item(  # the parts of one HTTP request
    item_id: ItemId,
    body: ItemBody,
    request: Request,
    found: ServicesDep,
    key: KeyDep,
    refresh: Refresh = False,
) -> dict[str, Any]:
    """Write the item, whole; the answer comes when it is durable."""
    if body.id is not None and body.id != item_id:
        raise InvalidInput("id", "the id in the body is not the one in the address")
    _check_vectors(body, found)
    item, picture = body.to_item(_id(item_id)), body.picture()
    written = claim(key, request, await request.body())
    appended = await within(found.settings.request_timeout_s, found.items.put(item, picture, written))
    return await _acknowledge(item_id, appended, refresh, found)


@router.delete("/v1/items/{item_id:path}")
async def delete_item(
    item_id: ItemId, request: Request, found: ServicesDep, key: KeyDep, refresh: Refresh = False
) -> dict[str, Any]:
    """Take the item away; the answer comes when that is durable."""
    written = claim(key, request, b"")
    appended = await within(found.settings.request_timeout_s, found.items.delete(_id(item_id), written))
    return await _acknowledge(item_id, appended, refresh, found)


def _id(item_id: str) -> str:
    try:
        check_id(item_id)
    except ValueError as error:
        raise InvalidInput("id", str(error)) from error
    return item_id


async def _acknowledge(item_id: str, appended: Appended, refresh: bool, found: Services) -> dict[str, Any]:
    searchable = await _searchable(appended.lsn, refresh, found)
    return {"id": item_id, "lsn": appended.lsn, "replayed": appended.replayed} | searchable


async def _searchable(lsn: int, refresh: bool, found: Services) -> dict[str, list[str]]:
    """Return by what the write can be found now, when that was asked for."""
    return {"searchable": list(await found.operations.refresh(lsn))} if refresh else {}
