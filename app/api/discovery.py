"""Streams a search whose answer grows: first what was found, then the list again with what was made."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from app.api.routes.jobs import event_json
from app.api.sse import ServerEvent
from app.domain.errors import TrouvereError
from app.domain.jobs import EventType, Job, Status
from app.search.discover import Attempt
from app.services import Services

TOLD = {EventType.QUEUED, EventType.STARTED, EventType.PROGRESS, EventType.PARTIAL_IMAGE}


async def growing(
    answer: dict[str, Any],
    attempt: Attempt | None,
    again: Callable[[], Awaitable[dict[str, Any]]],
    found: Services,
) -> AsyncGenerator[ServerEvent, None]:
    """Yield `search.result`, how the picture comes on, and `search.updated` once it can be found.

    The second list is a search like the first: the picture stands where its own merits put it, as
    `origin: generated`. It is made to its end, and kept, whether or not the caller stays.
    """
    yield ServerEvent("search.result", answer)
    if attempt is None or attempt.job is None or found.generation is None:
        return
    async with aclosing(found.generation.events(attempt.job)) as events:
        async for event in events:
            if event.type in TOLD:
                yield ServerEvent(f"generation.{event.type}", event_json(event))
            elif event.job is not None:
                yield await _end(event.job, again, found)


async def _end(job: Job, again: Callable[[], Awaitable[dict[str, Any]]], found: Services) -> ServerEvent:
    if job.status is not Status.COMPLETED:
        return ServerEvent("generation.failed", {"job": job.id, "why": job.error or f"it was {job.status}"})
    try:
        await found.operations.refresh(found.log.last_lsn())
        answer = await again()
    except TrouvereError as error:
        return ServerEvent("generation.failed", {"job": job.id, "why": error.message})
    made = [picture.item for picture in job.pictures]
    ranks = [rank for rank, hit in enumerate(answer["hits"], 1) if hit["id"] in made]
    return ServerEvent(
        "search.updated", answer | {"generated": {"job": job.id, "items": made, "ranks": ranks}}
    )
