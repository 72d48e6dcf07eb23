"""Answers with the pictures of a job in OpenAI's shapes: whole, or as a stream in which they appear."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response

from app.api.schemas.images import DrawingBody
from app.api.sse import ServerEvent, stream
from app.domain.errors import Unavailable
from app.domain.jobs import EventType, Job, JobEvent, Picture, Status
from app.domain.log import Blob
from app.generate.encode import SVG
from app.generate.service import Generation
from app.services import Services

HANG_UP_POLL_S = 0.2
# A drawing opened by itself runs nothing and fetches nothing; shown inside a page it never could.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
CLIENT_CLOSED_REQUEST = 499


@dataclass(frozen=True, slots=True)
class Telling:
    """How a job is told to the one who asked: under which event names, beside which fields.

    With `cancels` the job ends when the caller hangs up.
    """

    names: str
    body: DrawingBody
    cancels: bool

    async def answer(self, job: Job, request: Request, making: Generation, found: Services) -> Response:
        """Return the whole answer, or the stream that was asked for."""
        echo = self.body.echo(job.request)
        if self.body.stream:
            return stream(self._events(job, echo, making, found))
        finished = await _finished(job, making, request, cancels=self.cancels)
        if finished is None:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        form = self.body.response_format
        data = [_datum(finished, picture, form, found) for picture in finished.pictures]
        usage = await usage_of(finished, found)
        answer = {"created": int(finished.created_at), "data": data, **echo, "usage": usage}
        return JSONResponse(answer | {"job": finished.id}, headers={"X-Job-Id": finished.id})

    async def _events(
        self, job: Job, echo: dict[str, Any], making: Generation, found: Services
    ) -> AsyncGenerator[ServerEvent, None]:
        """Yield a job's events in OpenAI's names; leaving before the last one may end the job."""
        over = not self.cancels
        shared = {"created_at": int(job.created_at), **echo}
        previews: Counter[int] = Counter()
        try:
            yield self._event("started", {"job": job.id, "seed": job.request.seed})
            async with aclosing(making.events(job.id)) as events:
                async for event in events:
                    over = over or event.job is not None
                    if event.type is EventType.PROGRESS:
                        counted = {"index": event.index, "step": event.step, "num_steps": event.num_steps}
                        yield self._event("progress", counted)
                    elif event.type is EventType.PARTIAL_IMAGE and event.index is not None:
                        yield self._event("partial_image", _preview(event, previews[event.index]) | shared)
                        previews[event.index] += 1
                    elif event.job is not None:
                        for last in await self._last(event.job, shared, found):
                            yield last
        finally:
            if not over:
                await making.cancel(job.id)

    def _event(self, name: str, data: dict[str, Any]) -> ServerEvent:
        full = f"{self.names}.{name}"
        return ServerEvent(full, {"type": full, **data})

    async def _last(self, job: Job, shared: dict[str, Any], found: Services) -> list[ServerEvent]:
        """Return one completed event a picture, or the error that ended the job."""
        if job.status is not Status.COMPLETED:
            message = job.error or f"the job was {job.status}"
            error = {"message": message, "type": "server_error", "param": None, "code": str(job.status)}
            return [ServerEvent("error", {"type": "error", "error": error})]
        beside = {"job": job.id, "usage": await usage_of(job, found), **shared}
        return [
            self._event(
                "completed",
                _datum(job, picture, "b64_json", found) | {"index": picture.index} | beside,
            )
            for picture in job.pictures
        ]


def picture_headers(blob: Blob) -> dict[str, str]:
    """Return the headers under which a picture of any kind is safe to open."""
    headers = {"X-Content-Type-Options": "nosniff"}
    if blob.media_type == SVG:
        headers["Content-Security-Policy"] = DRAWING_POLICY
    return headers


async def usage_of(job: Job, found: Services) -> dict[str, Any]:
    """Return what a job took: OpenAI's fields, then ours.

    Of OpenAI's, input tokens are those of the prompt, output tokens the rows that went through the network.
    """
    read = await found.embeddings.count_tokens([job.request.prompt])
    written = int(job.usage.get("rows", 0))
    return {
        "input_tokens": sum(read),
        "input_tokens_details": {"text_tokens": sum(read), "image_tokens": 0},
        "output_tokens": written,
        "total_tokens": sum(read) + written,
        **job.usage,
    }


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
    receipt = dict(picture.receipt)
    datum: dict[str, Any] = {"item": picture.item, "receipt": receipt}
    if "near_copy" in receipt:
        datum["near_copy"] = receipt["near_copy"]
    if form == "url":
        return datum | {"url": f"/v1/jobs/{job.id}/images/{picture.index}"}
    blob = found.blobs.get(picture.digest)
    if blob is None:
        message = "the picture is no longer in the store"
        raise Unavailable(message)
    return datum | {"b64_json": base64.b64encode(blob.content).decode()}


def _preview(event: JobEvent, number: int) -> dict[str, Any]:
    encoded = base64.b64encode(event.content or b"").decode()
    return {"b64_json": encoded, "partial_image_index": number, "index": event.index}
