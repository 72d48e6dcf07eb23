"""Understands what was asked: normalises, checks limits, corrects, parses, and looks up what to be like."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from app.domain.errors import InvalidInput, NotFound
from app.domain.items import own_space
from app.domain.search import MAX_LIMIT
from app.search.types import Like, Near, Prepared
from indexes.forward.filters import All, WithinKm

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.search import SearchRequest
    from app.search.collection import Collection
    from app.search.encoding import Vector
    from indexes.forward.filters import Filter
    from indexes.text.query import TermQuery

MAX_QUERY_CHARS = 1_000
MAX_CORRECTED_WORDS = 16  # longer queries say enough as they are, and each unknown word takes a while
BLANKS = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Return the text in NFKC with blanks collapsed, case kept. Raises InvalidInput when too long."""
    if len(text) > MAX_QUERY_CHARS:
        raise InvalidInput("query", f"a query has at most {MAX_QUERY_CHARS} characters")
    return BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip()[:MAX_QUERY_CHARS]


def scripts(text: str) -> frozenset[str]:
    """Return the scripts of the text's letters, as the first word of each letter's Unicode name."""
    if text.isascii():
        return frozenset({"LATIN"} if any(map(str.isalpha, text)) else ())
    return frozenset(unicodedata.name(c, "UNKNOWN").partition(" ")[0] for c in text if c.isalpha())


class Words(NamedTuple):
    """What a query's text was read as: corrected or as it is, its terms, if it has any, and its scripts."""

    query: str
    terms: TermQuery | None
    scripts: frozenset[str]


def words_of(asked: str, collection: Collection) -> Words:
    """Read a normalised query."""
    better = correct(asked, collection) if asked else None
    unfinished = better is not None and is_unfinished(asked, collection)
    query = asked if better is None or unfinished else better
    terms = collection.terms.parse(query, prefix=unfinished) if query else None
    return Words(query, None if terms is None or terms.is_empty else terms, scripts(query))


def understand(
    request: SearchRequest,
    collection: Collection,
    read: Callable[[str, Collection], Words] = words_of,
) -> Prepared:
    """Return what branches recall by, but for the query's vector; `read` reads the words.

    Raises InvalidInput for a value out of its limits or that no branch can serve, NotFound when the
    item to be like does not exist.
    """
    check(request)
    asked = normalise(request.query)
    like = None if request.like is None else find_like(request.like, collection)
    query, terms, written = read(asked, collection)
    place = request.near
    return Prepared(
        query=query,
        corrected=query != asked,
        terms=terms,
        like=like,
        picture=request.image,
        near=None if place is None else Near(place.lat, place.lon, request.radius_km),
        vectors=({} if like is None else vectors_of(like.ordinal, collection))
        | asked_vectors(request, collection),
        scripts=written,
    )


def check(request: SearchRequest) -> None:
    """Raise InvalidInput for what this build cannot answer, never ignoring it."""
    if not 1 <= request.limit <= MAX_LIMIT:
        raise InvalidInput("limit", f"a limit lies between 1 and {MAX_LIMIT}")
    if request.radius_km is not None and request.near is None:
        raise InvalidInput("location", "a radius is drawn around a place; send lat and lon")
    if request.image is not None and request.like is not None:
        raise InvalidInput("image", "a search is like an item or like a picture, not both")


def correct(query: str, collection: Collection) -> str | None:
    """Return a better spelling when the query has unknown words and is nobody's exact title."""
    if len(query.split(" ", MAX_CORRECTED_WORDS)) > MAX_CORRECTED_WORDS:
        return None
    better = collection.suggest.correct(query)
    if better is None or better == query or len(collection.exact_titles(query)):
        return None
    # A word that stands for others is known, if only by them.
    return None if collection.terms.parse(query).alternatives else better


def is_unfinished(query: str, collection: Collection) -> bool:
    """Return whether only the last word is unknown and some title has a word that begins so."""
    head, _, last = query.rpartition(" ")
    if head and collection.suggest.correct(head) is not None:
        return False
    return len(collection.suggest.complete(last, 1)) > 0


def find_like(item_id: str, collection: Collection) -> Like:
    """Return the item to be like. Raises NotFound when the collection does not hold it."""
    ordinal = collection.ordinal(item_id)
    record = None if ordinal is None else collection.records((ordinal,))[0]
    if ordinal is None or record is None:
        raise NotFound("item", item_id)
    return Like(ordinal, record.title or item_id)


def within(request: SearchRequest) -> Filter | None:
    """Return the filter with the radius, so that every branch honours both."""
    place = request.near
    if place is None or request.radius_km is None:
        return request.filter
    circle = WithinKm(place.lat, place.lon, request.radius_km)
    return circle if request.filter is None else All((request.filter, circle))


def asked_vectors(request: SearchRequest, collection: Collection) -> dict[str, Vector]:
    """Return the request's own vectors, by space.

    Raises InvalidInput for an unknown field or another dimension.
    """
    found = {}
    for name, vector in request.vectors.items():
        space = collection.spaces.get(own_space(name))
        if space is None:
            raise InvalidInput(f"vectors.{name}", f"{name!r} is no vector field of this service")
        if len(vector) != space.dim:
            message = f"vectors of {space.dim} numbers are wanted here, not of {len(vector)}"
            raise InvalidInput(f"vectors.{name}", message)
        found[own_space(name)] = np.asarray(vector, np.float32)
    return found


def vectors_of(ordinal: int, collection: Collection) -> dict[str, Vector]:
    """Return the item's vector in every space that has one."""
    found = {name: space.vector(ordinal) for name, space in collection.spaces.items()}
    return {name: vector for name, vector in found.items() if vector is not None}
