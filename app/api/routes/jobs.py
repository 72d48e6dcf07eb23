"""Looks at, follows and cancels generation jobs."""

from __future__ import annotations

import base64
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Header, Path
from starlette.responses import Response, StreamingResponse

from app.api.deps import ServicesDep, generation
from app.api.pictures import picture_headers
from app.api.schemas.jobs import job_json
from app.api.schemas.wire import Name
from app.api.sse import ServerEvent, stream
from app.domain.errors import InvalidInput, NotFound
from app.generate.service import Generation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from app.domain.jobs import JobEvent

router = APIRouter(tags=["jobs"])
GenerationDep = Annotated[Generation, Depends(generation)]
JobId = Annotated[Name, Path()]


@router.get("/v1/jobs/{job_id}")
async def get_job(job_id: JobId, making: GenerationDep) -> dict[str, Any]:
    """Return where the job stands."""
    return job_json(making.get(job_id))


@router.delete("/v1/jobs/{job_id}")
async def cancel_job(job_id: JobId, making: GenerationDep) -> dict[str, Any]:
    """Cancel the job at the next model call; a finished job stays as it is."""
    return job_json(await making.cancel(job_id))


@router.get("/v1/jobs/{job_id}/events")
async def follow_job(
    job_id: JobId,
    making: GenerationDep,
    last_event_id: Annotated[str | None, Header(description="Resume after this event.")] = None,
) -> StreamingResponse:
    """Send what has happened to the job and what still will, until it is over."""
    if last_event_id is not None and not last_event_id.isdecimal():
        raise InvalidInput("Last-Event-ID", "this is not the id of an event")
    making.get(job_id)
    after = -1 if last_event_id is None else int(last_event_id)
    return stream(_events(making, job_id, after))


async def _events(making: Generation, job_id: str, after: int) -> AsyncGenerator[ServerEvent, None]:
    async with aclosing(making.events(job_id, after)) as events:
        async for event in events:
            yield ServerEvent(str(event.type), event_json(event), str(event.sequence))


def event_json(event: JobEvent) -> dict[str, Any]:
    """Return one event of a job as it is sent."""
    body: dict[str, Any] = {"job": event.job_id}
    for name in ("index", "step", "num_steps", "media_type"):
        if (value := getattr(event, name)) is not None:
            body[name] = value
    if event.content is not None:
        body["b64_json"] = base64.b64encode(event.content).decode()
    if event.job is not None:
        body["result"] = job_json(event.job)
    return body


@router.get("/v1/jobs/{job_id}/images/{index}")
async def get_job_image(
    job_id: JobId, index: Annotated[int, Path(ge=0)], making: GenerationDep, found: ServicesDep
) -> Response:
    """Send one finished picture of the job."""
    for picture in making.get(job_id).pictures:
        if picture.index == index and (blob := found.blobs.get(picture.digest)) is not None:
            headers = {**picture_headers(blob), "ETag": f'"{blob.digest}"'}
            return Response(blob.content, media_type=blob.media_type, headers=headers)
    raise NotFound("picture", f"{job_id}/{index}")
