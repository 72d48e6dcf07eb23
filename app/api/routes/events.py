"""Records what people do, durably and once."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import ValidationError

from app.api.deps import KeyDep, ServicesDep, claim
from app.api.errors import field_path
from app.api.lines import read_lines
from app.api.schemas.events import DeviceBody, EventBody, read_events
from app.api.schemas.wire import Name

router = APIRouter(tags=["events"])
CHUNK_LINES = 2_000  # events are small: more of them share a commit


@router.post("/v1/events")
async def put_event(body: EventBody, request: Request, found: ServicesDep, key: KeyDep) -> dict[str, Any]:
    """Record one event; the same id is recorded once."""
    event = body.to_event(time.time)
    appended = await found.events.put(event, claim(key, request, await request.body()))
    return {"id": event.id, "lsn": appended.lsn, "recorded": appended.num_rows}


@router.post("/v1/events:batch")
async def put_events(request: Request, found: ServicesDep, key: KeyDep) -> dict[str, Any]:
    """Record many events, one JSON object a line; a bad line never spoils its neighbours."""
    accepted, recorded, rejected, lsn = 0, 0, list[dict[str, Any]](), 0
    async for chunk in read_lines(request, found.settings.max_body_bytes, CHUNK_LINES):
        bodies = []
        for line, read in zip(chunk.lines, read_events([line.content for line in chunk.lines]), strict=True):
            if isinstance(read, ValidationError):
                rejected.append(_rejected(line.number, read))
            else:
                bodies.append(read.to_body(time.time))
        part = claim(None if key is None else f"{key}#{chunk.number}", request, chunk.content)
        appended = await found.events.put_bodies(bodies, part)
        accepted, recorded = accepted + len(bodies), recorded + appended.num_rows
        lsn = max(lsn, appended.lsn)
    return {"accepted": accepted, "recorded": recorded, "rejected": rejected, "lsn": lsn}


def _rejected(number: int, error: ValidationError) -> dict[str, Any]:
    first = error.errors()[0]
    field = field_path(("line", *first["loc"]))
    return {"line": number, "error": {"field": field, "message": first["msg"]}}


@router.put("/v1/devices/{device}")
async def link_device(
    device: Annotated[Name, Path()], body: DeviceBody, request: Request, found: ServicesDep, key: KeyDep
) -> dict[str, Any]:
    """Record whose device this is."""
    written = claim(key, request, body.model_dump_json().encode())
    appended = await found.events.link(device, body.user, written)
    return {"device": device, "user": body.user, "lsn": appended.lsn}
