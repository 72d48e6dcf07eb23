"""Answers searches and completions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.responses import Response

from app.api.deps import ServicesDep, ToldDep, services, told_items, within
from app.api.discovery import growing
from app.api.errors import field_path
from app.api.schemas.found import found_json
from app.api.schemas.items import ToldItems
from app.api.schemas.search import SearchBody, frame_json, result_json
from app.api.schemas.wire import ItemName, Name, ShortText
from app.api.sse import stream as stream_events
from app.domain.errors import InvalidInput
from app.search.discover import attempt_json

if TYPE_CHECKING:
    from app.domain.search import SearchResult
    from app.services import Services

router = APIRouter(tags=["search"])
PATH = "/v1/search"


@router.post(PATH)
async def search(body: SearchBody, request: Request) -> Response:
    """Rank what every recall branch finds, and say why each hit is there; make what is missing when asked."""
    found, told = await services(request), await told_items(request)
    return await _answer(body, found, told, streams=body.stream or _accepts_events(request))


@router.get("/v1/search")
async def search_by_address(  # one parameter a field of the body
    request: Request,
    found: ServicesDep,
    told: ToldDep,
    query: Annotated[ShortText, Query()] = "",
    like: Annotated[ItemName | None, Query()] = None,
    user: Annotated[Name | None, Query()] = None,
    session: Annotated[Name | None, Query()] = None,
    device: Annotated[Name | None, Query()] = None,
    filter_json: Annotated[str | None, Query(alias="filter", description="A filter tree as JSON.")] = None,
    facets: Annotated[str | None, Query(description="Fields separated by commas.")] = None,
    limit: Annotated[int, Query()] = 20,
    cursor: Annotated[str | None, Query()] = None,
    explain: Annotated[bool, Query()] = False,
    ranker: Annotated[Name | None, Query()] = None,
    generate: Annotated[str, Query()] = "never",
    stream: Annotated[bool, Query()] = False,
) -> Response:
    """The same search with its fields in the address."""
    fields: dict[str, Any] = {
        "query": query,
        "like": like,
        "user": user,
        "session": session,
        "device": device,
        "facets": [f for f in (facets or "").split(",") if f],
        "limit": limit,
        "cursor": cursor,
        "explain": explain,
        "ranker": ranker,
        "generate": generate,
        "stream": stream,
    }
    if filter_json is not None:
        fields["filter"] = _tree(filter_json)
    try:
        body = SearchBody.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(field_path(("query", *first["loc"])), first["msg"]) from error
    return await _answer(body, found, told, streams=stream or _accepts_events(request))


def _tree(text: str) -> object:
    try:
        return from_json(text)
    except ValueError as error:
        raise InvalidInput("filter", f"this is not JSON: {error}") from error


def _accepts_events(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("text/event-stream")


async def _answer(body: SearchBody, found: Services, told: ToldItems, *, streams: bool) -> Response:
    result, took_ms = await _found(body, found)
    frame, attempt = frame_json(result, took_ms), None
    if result.generate != "never":
        deciding = found.discover.consider(result.generate, body.query, result)
        attempt = await within(found.settings.request_timeout_s, deciding)
        frame["generation"] = attempt_json(attempt)
    if streams:

        async def again() -> dict[str, Any]:
            return result_json(*await _found(body, found), told)

        answer = frame | result_json(result, took_ms, told)
        return stream_events(growing(answer, attempt, again, found))
    timing = ", ".join(f"{name};dur={ms:.2f}" for name, ms in (*result.stages, ("total", took_ms)))
    content = found_json(frame, result.hits, told)
    return Response(content, media_type="application/json", headers={"Server-Timing": timing})


async def _found(body: SearchBody, found: Services) -> tuple[SearchResult, float]:
    """Search, count, and return the result with the milliseconds that it took."""
    started = time.perf_counter()
    result = await within(found.settings.request_timeout_s, found.search.search(body.to_request()))
    _count(result, found)
    return result, round((time.perf_counter() - started) * 1_000, 3)


def _count(result: SearchResult, found: Services) -> None:
    for name, ms in result.stages:
        found.metrics.stage(name).observe(ms / 1_000)
    for branch in result.branches:
        found.metrics.branch(branch.name, branch.status).inc()


@router.get("/v1/suggest")
async def suggest(
    found: ServicesDep,
    q: Annotated[ShortText, Query(description="What has been typed so far.")],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    user: Annotated[Name | None, Query(description="Whose own searches come first.")] = None,
    session: Annotated[Name | None, Query()] = None,
    device: Annotated[Name | None, Query()] = None,
) -> dict[str, list[dict[str, str]]]:
    """Complete what is being typed: own and popular queries, titles, and corrections of a misspelt word."""
    if user is not None or session is not None or device is not None:
        await found.suggest.caught_up()
    completions = found.suggest.complete(q, limit, user=user, session=session, device=device)
    return {"suggestions": [{"text": c.text, "kind": c.kind} for c in completions]}
