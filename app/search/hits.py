"""Turns places of a ranked list into hits: the branches' ranks, reasons, and the score taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from app.domain.search import BranchHit, Explanation, Hit
from app.ranking.explain import BESIDE_BRANCHES, attribute
from app.ranking.fusion import EXACT_TITLE
from app.ranking.reasons import NOTHING, Evidence, reasons
from app.ranking.sentences import language_of
from app.search.matched import matched_words
from app.search.plain import is_plain, plain_hits
from indexes.geo.sphere import haversine_km

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from app.domain.items import Item
    from app.ranking.explain import Attributed
    from app.ranking.reasons import Note
    from app.search.items import Shown
    from app.search.pages import Pinned
    from app.search.types import Prepared
    from indexes.text.query import TermQuery


class Page(NamedTuple):
    """What the hits of one page have in common."""

    pinned: Pinned
    names: tuple[str, ...]
    terms: TermQuery | None
    like: str | None
    given: Attributed | None
    language: str


class Place(NamedTuple):
    """One place of the list: each branch's rank, score and contribution, and what the whole list says."""

    ranks: tuple[int, ...]
    scores: tuple[float, ...]
    shares: tuple[float, ...]
    exact: bool
    ordinal: int
    score: float


def hits_of(shown: Sequence[Shown | None], start: int, pinned: Pinned) -> list[Hit]:
    """Return the hits of these items at the list's places from `start` on; None is passed over."""
    if is_plain(pinned):
        return plain_hits(shown, start, pinned)
    end, ranked, prepared = start + len(shown), pinned.ranked, pinned.prepared
    page = Page(
        pinned,
        ranked.names,
        prepared.terms,
        None if prepared.like is None else prepared.like.title,
        None if pinned.reranked is None else attribute(pinned.reranked, start, end),
        language_of(prepared.scripts),
    )
    places = map(
        Place,
        _columns(ranked.ranks[:, start:end]),
        _columns(ranked.branch_scores[:, start:end]),
        _columns(ranked.contributions[:, start:end]),
        ranked.exact[start:end].tolist(),
        ranked.ordinals[start:end].tolist(),
        pinned.scores[start:end].tolist(),
    )
    return [
        _hit(item, page, row, place)
        for row, (item, place) in enumerate(zip(shown, places, strict=True))
        if item is not None
    ]


def _columns(rows: npt.NDArray[np.generic]) -> list[Any]:
    """Return a list of numbers for each column of (b, n)."""
    columns: list[Any] = rows.T.tolist()
    return columns


def _hit(shown: Shown, page: Page, row: int, place: Place) -> Hit:
    pinned, item = page.pinned, shown.item
    prepared = pinned.prepared
    branches: dict[str, BranchHit] = {}
    contributions: dict[str, float] = {}
    scored: dict[str, float] = {}
    for name, rank, score, share in zip(page.names, place.ranks, place.scores, place.shares, strict=True):
        if rank:
            branches[name] = BranchHit(rank, score)
            contributions[name] = share
        elif share:  # not recalled by it, and yet scored
            scored[name] = score
            contributions[name] = share
    evidence = Evidence(
        prepared.query,
        place.exact,
        contributions if page.given is None else _moved(page.given, row, contributions),
        branches,
        matched_words(page.terms, shown.stems) if page.terms is not None and "term" in branches else NOTHING,
        page.like,
        prepared.picture is not None,
        _distance_km(item, prepared) if prepared.near is not None and "region" in branches else None,
        _notes(prepared.notes, place.ordinal) if prepared.notes else NOTHING,
        item.popularity,
        item.created_at,
        scored,
    )
    tree = _tree(page, row, place, evidence, contributions) if pinned.explain else None
    return Hit(item, place.score, branches, reasons(evidence, page.language), tree)


def _moved(given: Attributed, row: int, shares: Mapping[str, float]) -> Mapping[str, float]:
    """Return what moved the hit up, by what reasons can speak of; `shares` by branch are the fusion's."""
    moved = given.reasons(row, shares)
    return {name: part for name, part in moved.items() if name in shares or name in BESIDE_BRANCHES}


def _notes(notes: Mapping[str, Mapping[int, Note]], ordinal: int) -> Mapping[str, Note]:
    return {name: noted[ordinal] for name, noted in notes.items() if ordinal in noted}


def _tree(
    page: Page, row: int, place: Place, evidence: Evidence, contributions: Mapping[str, float]
) -> Explanation:
    """Return the score taken apart: by what a ranker gave each feature, or fusion each branch."""
    reranked = page.pinned.reranked
    if page.given is None or reranked is None:
        return explain(place.score, contributions, evidence, page.pinned.fusion)
    title = f"ranker {reranked.report.name}@{reranked.report.version}"
    return page.given.tree(row, title, place.score, contributions, exact=place.exact)


def _distance_km(item: Item, prepared: Prepared) -> float | None:
    place, here = item.location, prepared.near
    if place is None or here is None:
        return None
    return haversine_km((here.lat, here.lon), (place.lat, place.lon))


def explain(score: float, contributions: Mapping[str, float], evidence: Evidence, fusion: str) -> Explanation:
    """Return the tree of a score. Its leaves sum to it.

    Each branch that recalled the hit has a leaf for its rank and one for its score: what the fusion did
    not look at contributed nothing. A branch that only scored it has no rank.
    """
    parts = [_branch(name, share, evidence, by_rank=fusion == "rrf") for name, share in contributions.items()]
    if evidence.exact:
        parts.append(Explanation("exact_title", EXACT_TITLE))
    return Explanation(fusion, score, score, tuple(parts))


def _branch(name: str, share: float, evidence: Evidence, *, by_rank: bool) -> Explanation:
    hit = evidence.branches.get(name)
    if hit is None:
        return Explanation(name, share, children=(Explanation("score", share, evidence.scored[name]),))
    rank = Explanation("rank", share if by_rank else 0.0, float(hit.rank))
    score = Explanation("score", 0.0 if by_rank else share, hit.score)
    return Explanation(name, share, children=(rank, score))
