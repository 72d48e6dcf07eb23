"""Turns places of a ranked list into hits: the branches' ranks, reasons, and the score taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.search import BranchHit, Explanation, Hit
from app.ranking.fusion import EXACT_TITLE
from app.ranking.reasons import Evidence, reasons
from app.search.matched import matched_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.search.items import Shown
    from app.search.pages import Pinned


def hit_at(place: int, shown: Shown, pinned: Pinned) -> Hit:
    """Return the hit at this place of the list."""
    ranked, terms, item = pinned.ranked, pinned.prepared.terms, shown.item
    ranks, scores = ranked.ranks[:, place].tolist(), ranked.branch_scores[:, place].tolist()
    shares = ranked.contributions[:, place].tolist()
    rows = [row for row, rank in enumerate(ranks) if rank > 0]
    branches = {ranked.names[row]: BranchHit(ranks[row], scores[row]) for row in rows}
    contributions = {ranked.names[row]: shares[row] for row in rows}
    exact, score = bool(ranked.exact[place]), float(ranked.scores[place])
    evidence = Evidence(
        query=pinned.prepared.query,
        exact=exact,
        contributions=contributions,
        branches=branches,
        matched={} if terms is None else matched_words(terms, shown.stems),
        like=None if pinned.prepared.like is None else pinned.prepared.like.title,
        popularity=item.popularity,
        created_at=item.created_at,
    )
    tree = explain(score, exact, contributions, branches, pinned.fusion) if pinned.explain else None
    return Hit(item, score, branches, reasons(evidence), tree)


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
