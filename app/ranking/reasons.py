"""Says why a hit is here, in one or two sentences drawn from the numbers that put it here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.domain.search import Reason
from app.ranking.sentences import ENGLISH, quote, quote_all, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.search import BranchHit

MOST_REASONS = 2
MOST_WORDS = 3
LEAST_SHARE = 0.15  # a branch that gave less of the score than this is no reason
FIELD_CODES: Final = (("title", "title_words"), ("tags", "tag_words"), ("text", "text_words"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one hit: each branch's contribution and place, and what they rest on.

    `matched` are the query's words found, by item field; `like` the title of the item that the
    search is like; `popularity` and `created_at` the item's own.
    """

    query: str
    exact: bool
    contributions: Mapping[str, float]
    branches: Mapping[str, BranchHit]
    matched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    like: str | None = None
    popularity: float | None = None
    created_at: float | None = None


def reasons(evidence: Evidence, language: str = ENGLISH) -> tuple[Reason, ...]:
    """Return at most two reasons, the strongest first; a branch with a small share gives none."""
    found: list[Reason] = []
    if evidence.exact:
        words = quote(language, evidence.query)
        found.append(Reason("exact_title", sentence(language, "exact_title", query=words)))
    shares = evidence.contributions
    least = LEAST_SHARE * sum(shares.values())
    for share, name in sorted([(-share, name) for name, share in shares.items()]):
        if -share < least or share == 0 or len(found) == MOST_REASONS:
            break
        if (reason := _of_branch(name, evidence, language)) is not None:
            found.append(reason)
    return tuple(found)


def _of_branch(name: str, evidence: Evidence, language: str) -> Reason | None:
    if name == "term":  # an exact title says more than its words
        return None if evidence.exact else _words(evidence, language)
    if name == "text":
        return _meaning(evidence, language)
    return _browse(evidence, language) if name == "browse" else None


def _words(evidence: Evidence, language: str) -> Reason:
    for name, code in FIELD_CODES:
        if words := evidence.matched.get(name):
            return Reason(code, sentence(language, code, words=quote_all(language, words[:MOST_WORDS])))
    query = quote(language, evidence.query)
    return Reason("like_words", sentence(language, "like_words", query=query))


def _meaning(evidence: Evidence, language: str) -> Reason:
    similarity = f"{evidence.branches['text'].score:.2f}"
    if evidence.like is not None:
        like = quote(language, evidence.like)
        text = sentence(language, "similar_to", like=like, similarity=similarity)
        return Reason("similar_to", text)
    query = quote(language, evidence.query)
    return Reason("meaning", sentence(language, "meaning", query=query, similarity=similarity))


def _browse(evidence: Evidence, language: str) -> Reason:
    if evidence.popularity is not None:
        popularity = f"{evidence.popularity:g}"
        return Reason("popular", sentence(language, "popular", popularity=popularity))
    code = "listed" if evidence.created_at is None else "newest"
    return Reason(code, sentence(language, code))
