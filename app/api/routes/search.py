"""Answers searches and completions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ValidationError
from pydantic_core import from_json, to_json
from starlette.responses import Response

from app.api.deps import ServicesDep, ToldDep, within
from app.api.errors import field_path
from app.api.schemas.items import ToldItems
from app.api.schemas.search import SearchBody, result_json
from app.api.schemas.wire import ItemName, Name, ShortText
from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from app.domain.search import SearchResult
    from app.services import Services

router = APIRouter(tags=["search"])


@router.post("/v1/search")
async def search(body: SearchBody, found: ServicesDep, told: ToldDep) -> Response:
    """Rank what every recall branch finds, and say why each hit is there."""
    return await _answer(body, found, told)


@router.get("/v1/search")
async def search_by_address(  # one parameter a field of the body
    found: ServicesDep,
    told: ToldDep,
    query: Annotated[ShortText, Query()] = "",
    like: Annotated[ItemName | None, Query()] = None,
    filter_json: Annotated[str | None, Query(alias="filter", description="A filter tree as JSON.")] = None,
    facets: Annotated[str | None, Query(description="Fields separated by commas.")] = None,
    limit: Annotated[int, Query()] = 20,
    cursor: Annotated[str | None, Query()] = None,
    explain: Annotated[bool, Query()] = False,
    ranker: Annotated[Name | None, Query()] = None,
) -> Response:
    """The same search with its fields in the address."""
    fields: dict[str, Any] = {
        "query": query,
        "like": like,
        "facets": [f for f in (facets or "").split(",") if f],
        "limit": limit,
        "cursor": cursor,
        "explain": explain,
        "ranker": ranker,
    }
    if filter_json is not None:
        fields["filter"] = _tree(filter_json)
    try:
        body = SearchBody.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(field_path(("query", *first["loc"])), first["msg"]) from error
    return await _answer(body, found, told)


def _tree(text: str) -> object:
    try:
        return from_json(text)
    except ValueError as error:
        raise InvalidInput("filter", f"this is not JSON: {error}") from error


async def _answer(body: SearchBody, found: Services, told: ToldItems) -> Response:
    started = time.perf_counter()
    result = await within(found.settings.request_timeout_s, found.search.search(body.to_request()))
    _count(result, found)
    took_ms = (time.perf_counter() - started) * 1_000
    content = to_json(result_json(result, round(took_ms, 3), told))
    timing = ", ".join(f"{name};dur={ms:.2f}" for name, ms in (*result.stages, ("total", took_ms)))
    return Response(content, media_type="application/json", headers={"Server-Timing": timing})


def _count(result: SearchResult, found: Services) -> None:
    for name, ms in result.stages:
        found.metrics.stage_seconds.labels(name).observe(ms / 1_000)
    for branch in result.branches:
        found.metrics.branches.labels(branch.name, branch.status).inc()


@router.get("/v1/suggest")
async def suggest(
    found: ServicesDep,
    q: Annotated[ShortText, Query(description="What has been typed so far.")],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> dict[str, list[dict[str, str]]]:
    """Complete what is being typed: titles, and corrections of a misspelt word."""
    completions = found.suggest.complete(q, limit)
    return {"suggestions": [{"text": c.text, "kind": c.kind} for c in completions]}
