"""The use case of searching, start to end: understand, plan, recall, fuse, show a page with its reasons."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import time
from typing import TYPE_CHECKING

import numpy as np

from app.domain.errors import InvalidInput
from app.domain.rankers import NONE, RankerReport
from app.domain.search import DEFAULT_LIMIT, Hit, SearchRequest, SearchResult
from app.experiments.assign import Assignment
from app.experiments.decide import decide
from app.experiments.draft import coin_of
from app.ranking.fusion import find_fusion, fuse
from app.search.arrange import arrange
from app.search.asked import asked_of, unit_of
from app.search.branches.text import SPACE as TEXT_SPACE
from app.search.drafting import drafted, hits_at
from app.search.facets import check_facets, count_facets
from app.search.looking import seen
from app.search.pages import Pinned, read_cursor, write_cursor
from app.search.people import bar, shown_still
from app.search.stages import Stages
from app.search.types import Answer
from app.search.understand import check, understand, within
from app.search.wording import Wordings
from models.exported import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.search import FacetValue
    from app.ranking.features.scene import Asked
    from app.ranking.fusion import Fusion
    from app.ranking.lists import Ordinals, Ranked
    from app.ranking.stage import Reranked
    from app.search.collection import Collection
    from app.search.encoding import QueryEncoder, Vector
    from app.search.fanout import Fanout, Recall
    from app.search.items import Items
    from app.search.looking import PictureQueries
    from app.search.pages import Pages
    from app.search.people import People
    from app.search.plan import Planner
    from app.search.types import Exposures, PlannedBranch, Prepared, Ranking
    from indexes.types import Mask

NOBODY = np.empty(0, np.int32)


def nothing_learned() -> None:
    """Say that no fusion has fitted weights."""


@dataclass(frozen=True, slots=True)
class Search:
    """Answers searches over one collection; `encoders` turn queries into vectors, by space.

    `clock` gives seconds and never goes back; `new_id` names each answer. `ranking` orders the fused list
    where a ranker is deployed or named, `exposures` takes note of what was shown, and `learned` gives the
    fusion whose weights were fitted, with its name; `now` is seconds since the epoch, UTC. `assignment`
    gives the experiments that run.
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
    pictures: PictureQueries | None = None
    people: People | None = None
    ranking: Ranking | None = None
    exposures: Exposures | None = None
    learned: Callable[[], tuple[str, Fusion] | None] = nothing_learned
    now: Callable[[], float] = time
    assignment: Callable[[], Assignment] = Assignment
    wordings: Wordings = field(default_factory=Wordings)

    async def search(self, request: SearchRequest) -> SearchResult:
        """Return the first page of a new list, or with a cursor a later page of a pinned one.

        Raises InvalidInput naming the field, NotFound for an unknown item to be like, Expired for a
        cursor whose list is gone, Unavailable when no branch answered.
        """
        stages = Stages(self.clock)
        if request.cursor is not None:
            return await self._continue(request, stages)
        assignment = self.assignment()
        key = self.new_id() if assignment.layers else ""
        decision = decide(assignment, request, key)
        pinned = await self._ranked(decision.request, decision.arms, stages)
        if decision.rival is not None:
            rival = await self._ranked(decision.rival, decision.arms, stages)
            pinned = drafted(pinned, rival, coin_of(decision.salt, key))
        facets = count_facets(request.facets, pinned.ranked.ordinals, self.collection)
        if facets:
            stages.lap("facets")
        result = await self._page(pinned, None, 0, request.limit, facets, stages)
        wish = decision.request.generate
        return result if wish == result.generate else replace(result, generate=wish)

    async def _ranked(self, request: SearchRequest, arms: Mapping[str, str], stages: Stages) -> Pinned:
        """Return the whole list of a request, by the arms that it already carries out."""
        fusion_name, fusion = self._fusion(request)
        check_facets(request.facets)
        prepared = await seen(understand(request, self.collection, self.wordings.words), self.pictures)
        if self.people is not None:
            prepared = await self.people.know(request, prepared)
        stages.lap("understand")
        plan = self.planner.plan(request, prepared, self.collection)
        mask = bar(self.collection.compile(within(request)), prepared, self.collection)
        stages.lap("plan")
        recall = await self._recall(plan, prepared, mask, stages)
        stages.lap("recall")
        ranked = self._fuse(recall, fusion, prepared, mask, request.min_score)
        stages.lap("fuse")
        encoder = self.encoders.get(TEXT_SPACE) if prepared.query else None
        vector = None if encoder is None else encoder.cached(prepared.query)
        asked = asked_of(request, prepared, self.now(), vector)
        reranked = await self._rank(request, asked, ranked, stages)
        ranked = ranked if reranked is None else reranked.ranked
        ranked, reranked = arrange(request, ranked, reranked, self.collection)
        reports, explain = recall.reports, request.explain
        return Pinned(ranked, prepared, fusion_name, reports, explain, asked, reranked, arms)

    def check_fusion(self, request: SearchRequest) -> None:
        """Refuse a fusion that does not exist. Raises InvalidInput."""
        self._fusion(request)

    def _fusion(self, request: SearchRequest) -> tuple[str, Fusion]:
        learned = self.learned()
        if learned is not None and request.fusion in {None, learned[0]}:
            return learned
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

        prepared = self._remembered(plan, prepared)
        return await self.fanout.recall(plan, self.collection, prepared, mask, encode)

    def _remembered(self, plan: tuple[PlannedBranch, ...], prepared: Prepared) -> Prepared:
        """Return the query with the vectors that its encoders have at hand, so that nobody waits for them."""
        spaces = {self.planner.branches[one.name].space for one in plan if one.why is None}
        at_hand = {
            space: vector
            for space in spaces
            if space is not None and space in self.encoders and space not in prepared.vectors
            if (vector := self.encoders[space].cached(prepared.query)) is not None
        }
        return replace(prepared, vectors={**prepared.vectors, **at_hand}) if at_hand else prepared

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

    async def _rank(
        self, request: SearchRequest, asked: Asked, ranked: Ranked, stages: Stages
    ) -> Reranked | None:
        """Return the list as the request's ranker orders it, None where none is deployed or named."""
        if self.ranking is None:
            if request.ranker in {None, NONE}:
                return None
            raise InvalidInput("ranker", f"{request.ranker!r} is no ranker; this service has none")
        chosen = self.ranking.choose(request.ranker, unit_of(request))
        if chosen is None:
            return None
        reranked = await self.ranking.rank(chosen, asked, ranked)
        stages.lap("rank")
        return reranked

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
        hits, places, end = await self._hits(pinned, offset, limit, stages)
        cursor = None
        if end < len(pinned.ranked):
            cursor = write_cursor(key or self.pages.pin(pinned), end)
        request_id = self.new_id()
        if self.exposures is not None:
            items = tuple(hit.item.id for hit in hits)
            self.exposures.note(Answer(request_id, pinned, items, places, stages.total_ms, pinned.arms))
        return SearchResult(
            request_id=request_id,
            hits=hits,
            branches=pinned.reports,
            total=len(pinned.ranked),
            facets=facets,
            corrected_query=pinned.prepared.query if pinned.prepared.corrected else None,
            next_cursor=cursor,
            experiments=pinned.arms,
            stages=stages.laps,
            ranker=RankerReport() if pinned.reranked is None else pinned.reranked.report,
        )

    async def _hits(
        self, pinned: Pinned, offset: int, limit: int, stages: Stages
    ) -> tuple[tuple[Hit, ...], tuple[int, ...], int]:
        """Return up to `limit` hits from `offset` on, past items that are gone, their places, and the end."""
        hits: list[Hit] = []
        places: list[int] = []
        while len(hits) < limit and offset < len(pinned.ranked):
            ordinals = pinned.ranked.ordinals[offset : offset + limit - len(hits)]
            records = shown_still(self.collection.records(ordinals.tolist()), pinned.prepared)
            found = await self.items.get_many([record for record in records if record is not None])
            stages.lap("documents")
            shown = [None if record is None else found.get(record.id) for record in records]
            hits += hits_at(shown, offset, pinned)
            places += [place for place, one in enumerate(shown, offset) if one is not None]
            offset += len(ordinals)
            stages.lap("reasons")
        return tuple(hits), tuple(places), offset


ALONE = SearchRequest()
