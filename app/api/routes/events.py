"""Records what people do, durably and once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import ValidationError

from app.api.deps import KeyDep, ServicesDep, claim
from app.api.errors import field_path
from app.api.lines import read_lines
from app.api.schemas.events import DeviceBody, EventBody, read_events, to_row
from app.api.schemas.wire import Name

if TYPE_CHECKING:
    from asyncio import Task

    from app.api.lines import Chunk
    from app.domain.log import Appended, NewRow

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
    batch = _Batch()
    committing: Task[Appended] | None = None
    try:
        async for chunk in read_lines(request, found.settings.max_body_bytes, CHUNK_LINES):
            # While the disk takes one chunk, the next is read: appends stay in order, one at a time.
            rows = await asyncio.to_thread(batch.read, chunk)
            if committing is not None:
                batch.count(await committing)
            part = None if key is None else claim(f"{key}#{chunk.number}", request, chunk.content)
            committing = asyncio.create_task(found.events.put_rows(rows, part))
    finally:
        if committing is not None:
            batch.count(await committing)
    return batch.told()


@dataclass(slots=True)
class _Batch:
    """What became of the lines of one body so far."""

    accepted: int = 0
    recorded: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    lsn: int = 0

    def read(self, chunk: Chunk) -> list[NewRow]:
        """Return the rows of the good lines of a chunk; the bad ones are noted."""
        rows = []
        for line, read in zip(chunk.lines, read_events([line.content for line in chunk.lines]), strict=True):
            if isinstance(read, ValidationError):
                self.rejected.append(_rejected(line.number, read))
            else:
                rows.append(to_row(read, time.time))
        self.accepted += len(rows)
        return rows

    def count(self, appended: Appended) -> None:
        """Note what an append was answered."""
        self.recorded += appended.num_rows
        self.lsn = max(self.lsn, appended.lsn)

    def told(self) -> dict[str, Any]:
        """Return the answer."""
        return {
            "accepted": self.accepted,
            "recorded": self.recorded,
            "rejected": self.rejected,
            "lsn": self.lsn,
        }


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
