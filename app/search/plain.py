"""Tells the hits of plain words, which most searches are, in one pass over the page's arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.domain.search import BranchHit, Hit
from app.ranking.reasons import LEAST_SHARE, MOST_REASONS, NEARNESS, exact_reason, near_reason, words_reason
from app.ranking.sentences import language_of
from app.search.matched import best_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.search import Reason
    from app.search.items import Shown
    from app.search.pages import Pinned

WORDS: Final = "term"
NAMES: Final = frozenset({WORDS, *NEARNESS})


def is_plain(pinned: Pinned) -> bool:
    """Return whether words and their vectors alone made the list, and nobody asked for it to be explained."""
    prepared = pinned.prepared
    beside = prepared.like or prepared.picture or prepared.near or prepared.notes
    ranked = pinned.reranked or pinned.explain
    return not beside and not ranked and prepared.terms is not None and NAMES.issuperset(pinned.ranked.names)


def plain_hits(shown: Sequence[Shown | None], start: int, pinned: Pinned) -> list[Hit]:
    """Return what `app.search.hits.hits_of` does, for a plain list."""
    page, places = pinned.ranked, slice(start, start + len(shown))
    shares = page.contributions[:, places]
    least = LEAST_SHARE * shares.sum(axis=0)
    strong = ((shares != 0) & (shares >= least)).T.tolist()
    orders = (-shares).argsort(axis=0, kind="stable").T.tolist()  # ties by name, as the rows are
    ranks, scores = page.ranks[:, places].T.tolist(), page.branch_scores[:, places].T.tolist()
    exact, totals = page.exact[places].tolist(), pinned.scores[places].tolist()
    say = _Reasons(pinned)
    names, hits = page.names, []
    for one, own, told, is_strong, order, is_exact, total in zip(
        shown, ranks, scores, strong, orders, exact, totals, strict=True
    ):
        if one is None:
            continue
        branches = {name: BranchHit(own[at], told[at]) for at, name in enumerate(names) if own[at]}
        best = [at for at in order if is_strong[at]]
        hits.append(Hit(one.item, total, branches, say.of(one, best, told, own, exact=is_exact)))
    return hits


class _Reasons:
    """Says why, for the hits of one list."""

    def __init__(self, pinned: Pinned) -> None:
        prepared = pinned.prepared
        self._names = pinned.ranked.names
        self._query = prepared.query
        self._terms = prepared.terms
        self._language = language_of(prepared.scripts)
        self._codes = [NEARNESS[name][2] if name in NEARNESS else "" for name in self._names]

    def of(
        self, one: Shown, best: Sequence[int], scores: Sequence[float], ranks: Sequence[int], *, exact: bool
    ) -> tuple[Reason, ...]:
        """Return at most two reasons: of an exact title, and of the branches that gave most, by row."""
        found = [exact_reason(self._language, self._query)] if exact else []
        for row in best:
            if len(found) == MOST_REASONS:
                break
            if code := self._codes[row]:
                similarity = f"{scores[row]:.2f}"
                found.append(near_reason(self._language, code, self._query, similarity, self._names[row]))
            elif not exact:
                found.append(self._words(one, is_recalled=ranks[row] > 0))
        return tuple(found)

    def _words(self, one: Shown, *, is_recalled: bool) -> Reason:
        known = self._terms is not None and is_recalled
        matched = best_field(self._terms, one.stems) if known and self._terms is not None else {}
        return words_reason(self._language, matched, self._query)
