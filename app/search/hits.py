"""Turns places of a ranked list into hits: the branches' ranks, reasons, and the score taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.search import BranchHit, Explanation, Hit
from app.ranking.fusion import EXACT_TITLE
from app.ranking.reasons import Evidence, reasons
from app.search.matched import matched_words
from indexes.geo.sphere import haversine_km

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.items import Item
    from app.search.items import Shown
    from app.search.pages import Pinned
    from app.search.types import Prepared


def hits_of(shown: Sequence[Shown | None], start: int, pinned: Pinned) -> list[Hit]:
    """Return the hits of these items at the list's places from `start` on; None is passed over."""
    part = pinned.ranked.take(slice(start, start + len(shown)))
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
        _hit(one, pinned, ranks, scores, shares, exact=exact, ordinal=ordinal, score=score)
        for one, ranks, scores, shares, exact, ordinal, score in columns
        if one is not None
    ]


def _hit(
    shown: Shown,
    pinned: Pinned,
    ranks: list[int],
    scores: list[float],
    shares: list[float],
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
        contributions=contributions,
        branches=branches,
        matched=matched_words(prepared.terms, shown.stems) if prepared.terms and "term" in branches else {},
        like=None if prepared.like is None else prepared.like.title,
        picture=prepared.picture is not None,
        distance_km=_distance_km(item, prepared) if "region" in branches else None,
        notes={name: notes[ordinal] for name, notes in prepared.notes.items() if ordinal in notes},
        popularity=item.popularity,
        created_at=item.created_at,
    )
    tree = explain(score, exact, contributions, branches, pinned.fusion) if pinned.explain else None
    return Hit(item, score, branches, reasons(evidence), tree)


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
