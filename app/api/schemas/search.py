"""Shapes a search on the wire, in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from app.api.schemas.rankers import ranker_json
from app.api.schemas.wire import ItemName, Name, Place, ShortText, Vector, Wire, read_base64
from app.domain.errors import InvalidInput
from app.domain.items import Location
from app.domain.search import DEFAULT_LIMIT, MAX_LIMIT, BranchOptions, SearchRequest
from indexes.forward.filters import FilterError, parse_filter

if TYPE_CHECKING:
    from app.api.schemas.items import ToldItems
    from app.domain.search import Hit, SearchResult


class BranchBody(Wire):
    """What a caller asks of one branch."""

    enabled: bool | None = None
    weight: float | None = Field(None, ge=0, le=1_000)
    deadline_ms: float | None = Field(None, ge=1, le=10_000)


class Circle(Place):
    """Where the caller is, and how far from there a hit may be."""

    radius_km: float | None = Field(None, gt=0, le=20_100, description="Every hit lies within it.")


class SearchBody(Wire):
    """One search. A body with nothing in it asks for the front page."""

    query: ShortText = ""
    like: ItemName | None = Field(None, description="Id of an item: more like this one.")
    image: str | None = Field(None, min_length=1, description="A picture in base64: what looks like it.")
    vectors: dict[Name, Vector] = Field(default={}, max_length=16, description="Queries by vector field.")
    location: Circle | None = Field(None, description="What is near is preferred, or with a radius required.")
    user: Name | None = Field(None, description="Who asks: their history and taste count.")
    session: Name | None = Field(None, description="What was done in it counts most, and at once.")
    device: Name | None = Field(None, description="Stands for its user where it is linked to one.")
    filter: dict[str, Any] | None = Field(None, description="A filter tree, honoured inside recall.")
    facets: list[Name] = Field(default=[], max_length=20)
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, min_length=1, max_length=500)
    branches: dict[Name, BranchBody] = Field(default={}, max_length=20)
    fusion: Name | None = None
    min_score: float | None = None
    explain: bool = False
    generate: Literal["never", "auto", "always"] = Field(
        "never", description="Make a picture of the query: `always`, or (`auto`) when little is near."
    )
    stream: bool = Field(False, description="Server-sent events: the list, and again with what was made.")
    diversify: float = Field(0.0, ge=0, le=1, description="How much unlikeness to earlier hits counts.")
    max_per_category: int | None = Field(None, ge=1, le=1_000, description="Hits of one category at most.")
    ranker: Name | None = Field(None, description="`name`, `name@version`, or `none` for the fused order.")
    device_kind: Name | None = Field(None, description="What the caller looks at: phone, desktop, …")

    def to_request(self) -> SearchRequest:
        """Return the use case's own record; raises InvalidInput naming the part of the filter."""
        try:
            tree = None if self.filter is None else parse_filter(self.filter)
        except FilterError as error:
            raise InvalidInput(error.path, str(error)) from error
        place = self.location
        return SearchRequest(
            query=self.query,
            like=self.like,
            image=None if self.image is None else read_base64("image", self.image),
            vectors={name: tuple(vector) for name, vector in self.vectors.items()},
            near=None if place is None else Location(place.lat, place.lon),
            radius_km=None if place is None else place.radius_km,
            user=self.user,
            session=self.session,
            device=self.device,
            filter=tree,
            facets=tuple(self.facets),
            limit=self.limit,
            cursor=self.cursor,
            branches={
                name: BranchOptions(body.enabled, body.weight, body.deadline_ms)
                for name, body in self.branches.items()
            },
            fusion=self.fusion,
            min_score=self.min_score,
            explain=self.explain,
            diversify=self.diversify,
            max_per_category=self.max_per_category,
            ranker=self.ranker,
            device_kind=self.device_kind,
            generate=self.generate,
        )


def hit_json(hit: Hit, told: ToldItems) -> dict[str, Any]:
    """Return one hit as it is sent."""
    item, address = told.tell(hit.item)
    body: dict[str, Any] = {
        "id": hit.item.id,
        "score": hit.score,
        "origin": hit.item.origin,
        "item": item,
        "image_url": address,
        "branches": {name: {"rank": b.rank, "score": b.score} for name, b in hit.branches.items()},
        "reasons": [{"code": reason.code, "text": reason.text} for reason in hit.reasons],
    }
    if hit.explanation is not None:
        body["explanation"] = hit.explanation.to_body()
    return body


def result_json(result: SearchResult, took_ms: float, told: ToldItems) -> dict[str, Any]:
    """Return a whole answer as it is sent."""
    return {**frame_json(result, took_ms), "hits": [hit_json(hit, told) for hit in result.hits]}


def frame_json(result: SearchResult, took_ms: float) -> dict[str, Any]:
    """Return an answer without its hits."""
    body: dict[str, Any] = {
        "request_id": result.request_id,
        "took_ms": took_ms,
        "total": result.total,
        "branches": [
            {"name": b.name, "status": b.status, "hits": b.num_hits, "took_ms": round(b.took_ms, 3)}
            | ({} if b.why is None else {"why": b.why})
            for b in result.branches
        ],
        "facets": {
            field: [{"value": v.value, "count": v.count} for v in values]
            for field, values in result.facets.items()
        },
        "experiments": dict(result.experiments),
        "ranker": ranker_json(result.ranker),
    }
    if result.corrected_query is not None:
        body["corrected_query"] = result.corrected_query
    if result.next_cursor is not None:
        body["next_cursor"] = result.next_cursor
    return body
