"""Says why a hit is here, in one or two sentences drawn from the numbers that put it here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.domain.search import Reason
from app.ranking.sentences import ENGLISH, REMEMBERED, quote, quote_all, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.search import BranchHit

MOST_REASONS = 2
MOST_WORDS = 3
LEAST_SHARE = 0.15  # a branch that gave less of the score than this is no reason
OWN: Final = "vector:"
# By branch: the codes of being near an item, near what was sent, and near the query's words.
NEARNESS: Final = {
    "text": ("similar_to", "similar_to", "meaning"),
    "image": ("looks_like_item", "looks_like_picture", "looks"),
}
OWN_NEARNESS: Final = ("near_item_by_field", "near_by_field", "near_by_field")
FIELD_CODES: Final = (("title", "title_words"), ("tags", "tag_words"), ("text", "text_words"))


@dataclass(frozen=True, slots=True)
class Note:
    """What a branch itself says of a hit: the code of a sentence and its values, some to be quoted."""

    code: str
    quoted: tuple[tuple[str, str], ...] = ()
    plain: tuple[tuple[str, str], ...] = ()


NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Evidence(NamedTuple):
    """What is known of one hit: each branch's contribution and place, and what they rest on.

    `matched` are the query's words found, by item field; `like` the title of the item that the
    search is like; `picture` says that it brought a picture; `distance_km` is from where the caller is;
    `notes` what branches left beside it; `popularity` and `created_at` are the item's own; `scored` holds
    the scores of branches that contributed though they did not recall it.
    """

    query: str
    exact: bool
    contributions: Mapping[str, float]
    branches: Mapping[str, BranchHit]
    matched: Mapping[str, tuple[str, ...]] = NOTHING
    like: str | None = None
    picture: bool = False
    distance_km: float | None = None
    notes: Mapping[str, Note] = NOTHING
    popularity: float | None = None
    created_at: float | None = None
    scored: Mapping[str, float] = NOTHING


def reasons(evidence: Evidence, language: str = ENGLISH) -> tuple[Reason, ...]:
    """Return at most two reasons, the strongest first; a branch with a small share gives none."""
    found: list[Reason] = []
    if evidence.exact:
        found.append(exact_reason(language, evidence.query))
    shares = evidence.contributions
    least = LEAST_SHARE * sum(shares.values())
    strong = [(-share, name) for name, share in shares.items() if share and share >= least]
    strong.sort()
    for _, name in strong:
        if len(found) == MOST_REASONS:
            break
        if (reason := _of_branch(name, evidence, language)) is not None:
            found.append(reason)
    return tuple(found)


def _of_branch(name: str, evidence: Evidence, language: str) -> Reason | None:
    if evidence.notes and (note := evidence.notes.get(name)) is not None:
        quoted = {field: quote(language, value) for field, value in note.quoted}
        return Reason(note.code, sentence(language, note.code, **quoted, **dict(note.plain)))
    if name == "term":  # an exact title says more than its words
        return None if evidence.exact else words_reason(language, evidence.matched, evidence.query)
    if name in NEARNESS or name.startswith(OWN):
        return _similar(name, evidence, language)
    if name == "region":
        return _distance(evidence, language)
    if name == "around":
        return Reason("liked_around", sentence(language, "liked_around"))
    return _browse(evidence, language) if name == "browse" else _own(name, evidence, language)


def _own(name: str, evidence: Evidence, language: str) -> Reason | None:
    """Say what a ranker saw in the item itself, as far as the item bears it out."""
    if name == "popularity" and evidence.popularity:
        return _browse(evidence, language)
    if name == "freshness" and evidence.created_at is not None:
        return Reason("recent", sentence(language, "recent"))
    return Reason(name, sentence(language, name)) if name == "chosen_before" else None


def words_reason(language: str, matched: Mapping[str, tuple[str, ...]], query: str) -> Reason:
    """Return the reason of words, found in these fields or none, best field first."""
    for name, code in FIELD_CODES:
        if words := matched.get(name):
            return _having(language, code, words)
    return _like_words(language, query)


def _similar(name: str, evidence: Evidence, language: str) -> Reason:
    """Say to what a vector is near: an item, the picture or the vector sent, or the query's words."""
    hit = evidence.branches.get(name)
    similarity = f"{evidence.scored[name] if hit is None else hit.score:.2f}"
    like_code, sent_code, words_code = NEARNESS.get(name, OWN_NEARNESS)
    if evidence.like is not None:
        return near_reason(language, like_code, evidence.like, similarity, name)
    if (evidence.picture and name == "image") or name.startswith(OWN):
        return near_reason(language, sent_code, "", similarity, name)
    return near_reason(language, words_code, evidence.query, similarity, name)


# One answer says the same few things of many hits: what was said is remembered whole.
@lru_cache(REMEMBERED)
def exact_reason(language: str, query: str) -> Reason:
    """Return the reason of a title that is the query."""
    return Reason("exact_title", sentence(language, "exact_title", query=quote(language, query)))


@lru_cache(REMEMBERED)
def _having(language: str, code: str, words: tuple[str, ...]) -> Reason:
    return Reason(code, sentence(language, code, words=quote_all(language, words[:MOST_WORDS])))


@lru_cache(REMEMBERED)
def _like_words(language: str, query: str) -> Reason:
    return Reason("like_words", sentence(language, "like_words", query=quote(language, query)))


@lru_cache(REMEMBERED)
def near_reason(language: str, code: str, to: str, similarity: str, name: str) -> Reason:
    """Return the reason of a nearness `to` an item or to the query's words; `name` is the branch's."""
    quoted, field = quote(language, to), quote(language, name.removeprefix(OWN))
    text = sentence(language, code, like=quoted, query=quoted, similarity=similarity, field=field)
    return Reason(code, text)


def _distance(evidence: Evidence, language: str) -> Reason | None:
    km = evidence.distance_km
    if km is None:
        return None
    if km < 1:
        return Reason("near_m", sentence(language, "near_m", metres=f"{max(round(km * 100), 1) * 10}"))
    return Reason("near_km", sentence(language, "near_km", km=f"{km:.1f}" if km < 100 else f"{km:.0f}"))


def _browse(evidence: Evidence, language: str) -> Reason:
    if evidence.popularity is not None:
        popularity = f"{evidence.popularity:g}"
        return Reason("popular", sentence(language, "popular", popularity=popularity))
    code = "listed" if evidence.created_at is None else "newest"
    return Reason(code, sentence(language, code))
