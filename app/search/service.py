"""The use case of searching, start to end: understand, plan, recall, fuse, show a page with its reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from app.domain.errors import InvalidInput
from app.domain.search import DEFAULT_LIMIT, Hit, SearchRequest, SearchResult
from app.ranking.fusion import find_fusion, fuse
from app.search.facets import check_facets, count_facets
from app.search.hits import hits_of
from app.search.pages import Pinned, read_cursor, write_cursor
from app.search.stages import Stages
from app.search.understand import check, understand
from models.exported import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.search import FacetValue
    from app.ranking.fusion import Fusion
    from app.ranking.lists import Ordinals, Ranked
    from app.search.collection import Collection
    from app.search.encoding import QueryEncoder, Vector
    from app.search.fanout import Fanout, Recall
    from app.search.items import Items
    from app.search.pages import Pages
    from app.search.plan import Planner
    from app.search.types import PlannedBranch, Prepared
    from indexes.types import Mask

NOBODY = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Search:
    """Answers searches over one collection; `encoders` turn queries into vectors, by space.

    `clock` gives seconds and never goes back; `new_id` names each answer.
    """

    collection: Collection
    items: Items
    encoders: Mapping[str, QueryEncoder]
    planner: Planner
    fanout: Fanout
    pages: Pages
    fusion: str
    clock: Callable[[], float]
    new_id: Callable[[], str]

    async def search(self, request: SearchRequest) -> SearchResult:
        """Return the first page of a new list, or with a cursor a later page of a pinned one.

        Raises InvalidInput naming the field, NotFound for an unknown item to be like, Expired for a
        cursor whose list is gone, Unavailable when no branch answered.
        """
        stages = Stages(self.clock)
        if request.cursor is not None:
            return await self._continue(request, stages)
        fusion_name, fusion = self._fusion(request)
        check_facets(request.facets)
        prepared = understand(request, self.collection)
        stages.lap("understand")
        plan = self.planner.plan(request, prepared, self.collection)
        mask = self.collection.compile(request.filter)
        stages.lap("plan")
        recall = await self._recall(plan, prepared, mask, stages)
        stages.lap("recall")
        ranked = self._fuse(recall, fusion, prepared, mask, request.min_score)
        stages.lap("fuse")
        pinned = Pinned(ranked, prepared, fusion_name, recall.reports, request.explain)
        facets = count_facets(request.facets, ranked.ordinals, self.collection)
        if facets:
            stages.lap("facets")
        return await self._page(pinned, None, 0, request.limit, facets, stages)

    def _fusion(self, request: SearchRequest) -> tuple[str, Fusion]:
        name = request.fusion or self.fusion
        found = find_fusion(name)
        if found is None:
            known = ", ".join(sorted(registry("fusions")))
            raise InvalidInput("fusion", f"{name!r} is no fusion; known are {known}")
        return name, found

    async def _recall(
        self, plan: tuple[PlannedBranch, ...], prepared: Prepared, mask: Mask | None, stages: Stages
    ) -> Recall:
        async def encode(space: str, text: str) -> Vector:
            started = self.clock()
            vector = await self.encoders[space].encode(text)
            stages.add("encode", (self.clock() - started) * 1_000)
            return vector

        return await self.fanout.recall(plan, self.collection, prepared, mask, encode)

    def _fuse(
        self,
        recall: Recall,
        fusion: Fusion,
        prepared: Prepared,
        mask: Mask | None,
        min_score: float | None,
    ) -> Ranked:
        exact = self._exact_titles(prepared, mask)
        ranked = fuse(recall.lists, fusion, exact, self.collection.ids)
        if min_score is None:
            return ranked
        return ranked.take(slice(int(np.count_nonzero(ranked.scores >= min_score))))

    def _exact_titles(self, prepared: Prepared, mask: Mask | None) -> Ordinals:
        """Return the ordinals whose title is the query and that may be shown."""
        if not prepared.query:
            return NOBODY
        exact = self.collection.exact_titles(prepared.query)
        if prepared.like is not None:
            exact = exact[exact != prepared.like.ordinal]
        if mask is None:
            return exact
        exact = exact[exact < len(mask)]
        return exact[mask[exact]]

    async def _continue(self, request: SearchRequest, stages: Stages) -> SearchResult:
        token = request.cursor or ""
        check(request)
        if replace(request, cursor=None, limit=DEFAULT_LIMIT) != ALONE:
            raise InvalidInput("cursor", "a cursor carries its search; send nothing beside it but a limit")
        key, offset = read_cursor(token)
        return await self._page(self.pages.find(key), key, offset, request.limit, {}, stages)

    async def _page(
        self,
        pinned: Pinned,
        key: bytes | None,
        offset: int,
        limit: int,
        facets: dict[str, tuple[FacetValue, ...]],
        stages: Stages,
    ) -> SearchResult:
        hits, end = await self._hits(pinned, offset, limit, stages)
        cursor = None
        if end < len(pinned.ranked):
            cursor = write_cursor(key or self.pages.pin(pinned), end)
        return SearchResult(
            request_id=self.new_id(),
            hits=hits,
            branches=pinned.reports,
            total=len(pinned.ranked),
            facets=facets,
            corrected_query=pinned.prepared.query if pinned.prepared.corrected else None,
            next_cursor=cursor,
            stages=stages.laps,
        )

    async def _hits(
        self, pinned: Pinned, offset: int, limit: int, stages: Stages
    ) -> tuple[tuple[Hit, ...], int]:
        """Return up to `limit` hits from `offset` on, past items that are gone, and where they end."""
        hits: list[Hit] = []
        while len(hits) < limit and offset < len(pinned.ranked):
            ordinals = pinned.ranked.ordinals[offset : offset + limit - len(hits)]
            records = self.collection.records(ordinals.tolist())
            found = await self.items.get_many([record for record in records if record is not None])
            stages.lap("documents")
            shown = [None if record is None else found.get(record.id) for record in records]
            hits += hits_of(shown, offset, pinned)
            offset += len(ordinals)
            stages.lap("reasons")
        return tuple(hits), offset


ALONE = SearchRequest()
