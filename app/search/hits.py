"""Turns places of a ranked list into hits: the branches' ranks, reasons, and the score taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.search import BranchHit, Explanation, Hit
from app.ranking.explain import BESIDE_BRANCHES, attribute
from app.ranking.fusion import EXACT_TITLE
from app.ranking.reasons import Evidence, reasons
from app.ranking.sentences import language_of
from app.search.matched import matched_words
from indexes.geo.sphere import haversine_km

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.items import Item
    from app.ranking.explain import Attributed
    from app.search.items import Shown
    from app.search.pages import Pinned
    from app.search.types import Prepared


@dataclass(frozen=True, slots=True)
class Told:
    """How one hit is explained: by what a ranker gave it, where one did, and in which language."""

    given: Attributed | None
    row: int
    language: str

    def reasons(self, shares: Mapping[str, float]) -> Mapping[str, float]:
        """Return what moved the hit up, by what reasons can speak of; `shares` by branch are the fusion's."""
        if self.given is None:
            return shares
        moved = self.given.reasons(self.row, shares)
        return {name: part for name, part in moved.items() if name in shares or name in BESIDE_BRANCHES}


def hits_of(shown: Sequence[Shown | None], start: int, pinned: Pinned) -> list[Hit]:
    """Return the hits of these items at the list's places from `start` on; None is passed over."""
    part = pinned.ranked.take(slice(start, start + len(shown)))
    given = None if pinned.reranked is None else attribute(pinned.reranked, start, start + len(shown))
    language = language_of(pinned.prepared.scripts)
    columns = zip(
        shown,
        part.ranks.T.tolist(),
        part.branch_scores.T.tolist(),
        part.contributions.T.tolist(),
        part.exact.tolist(),
        part.ordinals.tolist(),
        pinned.scores[start : start + len(shown)].tolist(),
        strict=True,
    )
    return [
        _hit(
            one,
            pinned,
            ranks,
            scores,
            shares,
            Told(given, row, language),
            exact=exact,
            ordinal=ordinal,
            score=score,
        )
        for row, (one, ranks, scores, shares, exact, ordinal, score) in enumerate(columns)
        if one is not None
    ]


def _hit(
    shown: Shown,
    pinned: Pinned,
    ranks: list[int],
    scores: list[float],
    shares: list[float],
    told: Told,
    *,
    exact: bool,
    ordinal: int,
    score: float,
) -> Hit:
    names, prepared, item = pinned.ranked.names, pinned.prepared, shown.item
    rows = [row for row, rank in enumerate(ranks) if rank > 0]
    branches = {names[row]: BranchHit(ranks[row], scores[row]) for row in rows}
    contributions = {names[row]: shares[row] for row in rows}
    evidence = Evidence(
        query=prepared.query,
        exact=exact,
        contributions=told.reasons(contributions),
        branches=branches,
        matched=matched_words(prepared.terms, shown.stems) if prepared.terms and "term" in branches else {},
        like=None if prepared.like is None else prepared.like.title,
        picture=prepared.picture is not None,
        distance_km=_distance_km(item, prepared) if "region" in branches else None,
        notes={name: notes[ordinal] for name, notes in prepared.notes.items() if ordinal in notes},
        popularity=item.popularity,
        created_at=item.created_at,
    )
    tree = _tree(pinned, told, score, contributions, branches, exact=exact) if pinned.explain else None
    return Hit(item, score, branches, reasons(evidence, told.language), tree)


def _tree(
    pinned: Pinned,
    told: Told,
    score: float,
    contributions: Mapping[str, float],
    branches: Mapping[str, BranchHit],
    *,
    exact: bool,
) -> Explanation:
    """Return the score taken apart: by what a ranker gave each feature, or fusion each branch."""
    if told.given is None or pinned.reranked is None:
        return explain(score, exact, contributions, branches, pinned.fusion)
    title = f"ranker {pinned.reranked.report.name}@{pinned.reranked.report.version}"
    return told.given.tree(told.row, title, score, contributions, exact=exact)


def _distance_km(item: Item, prepared: Prepared) -> float | None:
    place, here = item.location, prepared.near
    if place is None or here is None:
        return None
    return haversine_km((here.lat, here.lon), (place.lat, place.lon))


def explain(
    score: float,
    exact: bool,
    contributions: Mapping[str, float],
    branches: Mapping[str, BranchHit],
    fusion: str,
) -> Explanation:
    """Return the tree of a score. Its leaves sum to it.

    Each branch has a leaf for its rank and one for its score: what the fusion did not look at
    contributed nothing.
    """
    parts = [
        _branch(name, share, branches[name], by_rank=fusion == "rrf") for name, share in contributions.items()
    ]
    if exact:
        parts.append(Explanation("exact_title", EXACT_TITLE))
    return Explanation(fusion, score, score, tuple(parts))


def _branch(name: str, share: float, hit: BranchHit, *, by_rank: bool) -> Explanation:
    rank = Explanation("rank", share if by_rank else 0.0, float(hit.rank))
    score = Explanation("score", 0.0 if by_rank else share, hit.score)
    return Explanation(name, share, children=(rank, score))
