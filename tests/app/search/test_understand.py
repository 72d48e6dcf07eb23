"""What was asked is normalised, corrected with care, and refused where it cannot be served."""

from __future__ import annotations

import pytest

from app.domain.errors import InvalidInput, NotFound
from app.domain.items import Item, Location
from app.domain.search import SearchRequest
from app.search.types import Near
from app.search.understand import (
    MAX_CORRECTED_WORDS,
    MAX_QUERY_CHARS,
    normalise,
    scripts,
    understand,
    within,
)
from indexes.forward.filters import All, In, WithinKm
from tests.app.search.fakes import FakeSpace, icons


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  a \t b\n", "a b"),
        ("\uff46\uff4f\uff58\u3000\uff11", "fox 1"),
        ("\uff23afe\u0301", "Café"),
        ("\u3000", ""),
    ],
)
def test_queries_are_normalised(typed: str, meant: str) -> None:
    """Compatibility forms are unified and blanks collapsed; case is kept."""
    assert normalise(typed) == meant


def test_a_query_has_a_limit() -> None:
    """A query of the limit passes, one more is refused by name; growing by normalising is cut."""
    assert len(normalise("x" * MAX_QUERY_CHARS)) == MAX_QUERY_CHARS
    assert len(normalise("㎏" * MAX_QUERY_CHARS)) == MAX_QUERY_CHARS
    with pytest.raises(InvalidInput) as caught:
        normalise("x" * (MAX_QUERY_CHARS + 1))
    assert caught.value.field == "query"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("red fox", {"LATIN"}),
        ("24", set()),
        ("café", {"LATIN"}),
        ("狐", {"CJK"}),
        ("狐 fox", {"CJK", "LATIN"}),
        ("лиса", {"CYRILLIC"}),
    ],
)
def test_scripts_are_those_of_the_letters(text: str, found: set[str]) -> None:
    """Digits and blanks belong to no script."""
    assert scripts(text) == found


def test_unknown_words_are_corrected() -> None:
    """A better spelling replaces the query, and is reported as such."""
    collection = icons()
    collection.suggest.corrections["icno"] = "icon"
    prepared = understand(SearchRequest(query=" icno "), collection)
    assert (prepared.query, prepared.corrected) == ("icon", True)
    assert prepared.terms is not None
    assert [word.surface for word in prepared.terms.words] == ["icon"]


def test_an_unfinished_word_is_not_corrected() -> None:
    """A last word that begins a title's word is taken as unfinished, unless an earlier word is wrong too."""
    collection = icons()
    collection.suggest.corrections |= {"ico": "co", "shap": "shape", "shap ico": "shape co"}
    prepared = understand(SearchRequest(query="ico"), collection)
    assert prepared.terms is not None
    assert (prepared.query, prepared.corrected, prepared.terms.prefix) == ("ico", False, "ico")
    both = understand(SearchRequest(query="shap ico"), collection)
    assert (both.query, both.corrected) == ("shape co", True)


def test_a_long_query_is_taken_as_it_is() -> None:
    """Beyond some words nothing is corrected: it would take long and help little."""
    collection = icons()
    for num, corrected in ((MAX_CORRECTED_WORDS, True), (MAX_CORRECTED_WORDS + 1, False)):
        query = " ".join(["icno"] * num)
        collection.suggest.corrections[query] = "icon"
        assert understand(SearchRequest(query=query), collection).corrected is corrected


def test_an_exact_title_is_never_corrected() -> None:
    """Whoever types a title gets it, however odd its spelling."""
    collection = icons()
    collection.put(Item("brand", title="Icno"))
    collection.suggest.corrections["icno"] = "icon"
    prepared = understand(SearchRequest(query="icno"), collection)
    assert (prepared.query, prepared.corrected) == ("icno", False)


def test_nothing_asked_is_the_front_page() -> None:
    """Neither query nor item to be like: there is nothing to recall by."""
    assert understand(SearchRequest(query="  "), icons()).is_front_page
    assert not understand(SearchRequest(query="x"), icons()).is_front_page


def test_a_query_without_words_has_no_terms() -> None:
    """Signs alone are a query, but not for the inverted index."""
    prepared = understand(SearchRequest(query="?!"), icons())
    assert (prepared.query, prepared.terms, prepared.is_front_page) == ("?!", None, False)


def test_likeness_brings_the_vectors_and_the_title() -> None:
    """Like an item: its vectors by space, its ordinal to leave out, its title to name it by."""
    collection = icons()
    collection.put(Item("bare"))
    prepared = understand(SearchRequest(like="icon-2"), collection)
    assert prepared.like is not None
    assert (prepared.like.ordinal, prepared.like.title) == (2, "icon 2")
    assert prepared.vectors["text"].tolist() == collection.text.rows[2].tolist()
    bare = understand(SearchRequest(like="bare"), collection)
    assert bare.like is not None
    assert (bare.like.title, dict(bare.vectors)) == ("bare", {})


def test_an_unknown_item_to_be_like_is_not_found() -> None:
    """The id of no item raises NotFound."""
    with pytest.raises(NotFound):
        understand(SearchRequest(like="nobody"), icons())


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (SearchRequest(image=b"png", like="icon-1"), "image"),
        (SearchRequest(radius_km=3), "location"),
        (SearchRequest(vectors={"style": (1.0, 2.0)}), "vectors.style"),
        (SearchRequest(vectors={"colour": (1.0,)}), "vectors.colour"),
        (SearchRequest(limit=0), "limit"),
        (SearchRequest(limit=201), "limit"),
    ],
)
def test_what_no_branch_serves_is_refused(request_: SearchRequest, field: str) -> None:
    """What this build cannot answer is InvalidInput by name, never ignored."""
    collection = icons()
    collection.spaces["vector:style"] = FakeSpace()
    with pytest.raises(InvalidInput) as caught:
        understand(request_, collection)
    assert caught.value.field == field


def test_vectors_place_and_radius_are_prepared() -> None:
    """A vector goes to its field's space, and a radius joins the filter."""
    collection = icons()
    collection.spaces["vector:style"] = FakeSpace()
    request = SearchRequest(
        vectors={"style": (1.0, 2.0, 3.0, 4.0)},
        near=Location(1, 2),
        radius_km=3,
        filter=In("category", ("a",)),
    )
    prepared = understand(request, collection)
    assert prepared.vectors["vector:style"].tolist() == [1, 2, 3, 4]
    assert prepared.near == Near(1, 2, 3)
    assert not prepared.is_front_page
    assert within(request) == All((In("category", ("a",)), WithinKm(1, 2, 3)))
    assert within(SearchRequest(near=Location(1, 2), radius_km=3)) == WithinKm(1, 2, 3)
    assert within(SearchRequest(near=Location(1, 2))) is None
