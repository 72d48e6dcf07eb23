"""Makes pictures, in OpenAI's shapes: whole, or as a stream in which they appear."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from app.api.deps import KeyDep, ServicesDep, claim, generation
from app.api.schemas.images import GenerationBody
from app.api.sse import ServerEvent, stream
from app.domain.errors import Unavailable
from app.domain.jobs import EventType, Status
from app.generate.service import Generation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from app.domain.jobs import Job, JobEvent, Picture
    from app.services import Services

router = APIRouter(tags=["images"])
GenerationDep = Annotated[Generation, Depends(generation)]
HANG_UP_POLL_S = 0.2
CLIENT_CLOSED_REQUEST = 499


@router.post("/v1/images/generations")
async def generate(
    body: GenerationBody, request: Request, making: GenerationDep, found: ServicesDep, key: KeyDep
) -> Response:
    """Make pictures for a prompt; a caller who hangs up without an idempotency key cancels them."""
    job = await making.submit(body.to_request(), claim(key, request, await request.body()))
    echo = body.echo(job.request)
    if body.stream:
        return stream(_events(job, echo, making, found, cancels=key is None))
    finished = await _finished(job, making, request, cancels=key is None)
    if finished is None:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    data = [_datum(finished, picture, body.response_format, found) for picture in finished.pictures]
    answer = {"created": int(finished.created_at), "data": data, **echo, "usage": dict(finished.usage)}
    return JSONResponse(answer | {"job": finished.id}, headers={"X-Job-Id": finished.id})


async def _finished(job: Job, making: Generation, request: Request, *, cancels: bool) -> Job | None:
    """Return the finished job, or None when the caller has hung up; with `cancels` the job ends then."""
    waiting = asyncio.ensure_future(making.wait(job.id))
    try:
        while not (await asyncio.wait({waiting}, timeout=HANG_UP_POLL_S))[0]:
            if await request.is_disconnected():
                if cancels:
                    await making.cancel(job.id)
                return None
        finished = waiting.result()
    finally:
        waiting.cancel()
    if finished.status is not Status.COMPLETED:
        raise Unavailable(finished.error or f"the job was {finished.status}")
    return finished


def _datum(job: Job, picture: Picture, form: str, found: Services) -> dict[str, Any]:
    datum: dict[str, Any] = {"item": picture.item, "receipt": dict(picture.receipt)}
    if form == "url":
        return datum | {"url": f"/v1/jobs/{job.id}/images/{picture.index}"}
    blob = found.blobs.get(picture.digest)
    if blob is None:
        message = "the picture is no longer in the store"
        raise Unavailable(message)
    return datum | {"b64_json": base64.b64encode(blob.content).decode()}


async def _events(
    job: Job, echo: dict[str, Any], making: Generation, found: Services, *, cancels: bool
) -> AsyncGenerator[ServerEvent, None]:
    """Yield a job's events in OpenAI's names; with `cancels` leaving before the last one ends the job."""
    over = not cancels
    shared = {"created_at": int(job.created_at), **echo}
    previews: Counter[int] = Counter()
    try:
        yield _event("started", {"job": job.id, "seed": job.request.seed})
        async with aclosing(making.events(job.id)) as events:
            async for event in events:
                over = over or event.job is not None
                if event.type is EventType.PROGRESS:
                    yield _event(
                        "progress", {"index": event.index, "step": event.step, "num_steps": event.num_steps}
                    )
                elif event.type is EventType.PARTIAL_IMAGE and event.index is not None:
                    yield _event("partial_image", _preview(event, previews[event.index]) | shared)
                    previews[event.index] += 1
                elif event.job is not None:
                    for last in _last(event.job, shared, found):
                        yield last
    finally:
        if not over:
            await making.cancel(job.id)


def _event(name: str, data: dict[str, Any]) -> ServerEvent:
    full = f"image_generation.{name}"
    return ServerEvent(full, {"type": full, **data})


def _preview(event: JobEvent, number: int) -> dict[str, Any]:
    encoded = base64.b64encode(event.content or b"").decode()
    return {"b64_json": encoded, "partial_image_index": number, "index": event.index}


def _last(job: Job, shared: dict[str, Any], found: Services) -> list[ServerEvent]:
    """Return one completed event a picture, or the error that ended the job."""
    if job.status is not Status.COMPLETED:
        message = job.error or f"the job was {job.status}"
        error = {"message": message, "type": "server_error", "param": None, "code": str(job.status)}
        return [ServerEvent("error", {"type": "error", "error": error})]
    return [
        _event(
            "completed",
            _datum(job, picture, "b64_json", found)
            | {"index": picture.index, "job": job.id, "usage": dict(job.usage)}
            | shared,
        )
        for picture in job.pictures
    ]
