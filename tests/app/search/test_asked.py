"""A ranker is told what was asked, and by whom."""

from __future__ import annotations

from app.domain.items import Location
from app.domain.search import SearchRequest
from app.search.asked import asked_of, unit_of
from app.search.types import Prepared
from indexes.text.analyzer import Word
from indexes.text.query import TermQuery


def test_the_question_is_what_was_understood() -> None:
    """Words are the understood query's, people and places the request's."""
    words = tuple(Word(word, stem, 0, spaced=True) for word, stem in (("red", "red"), ("horses", "hors")))
    prepared = Prepared(
        "red horses", corrected=True, terms=TermQuery("red horses", words), scripts=frozenset({"LATIN"})
    )
    request = SearchRequest(
        "red horsse", user="ann", session="s", device="d", near=Location(1.0, 2.0), device_kind="phone"
    )
    told = asked_of(request, prepared, 5.0)
    assert (told.query, told.stems, told.corrected) == ("red horses", frozenset({"red", "hors"}), True)
    assert (told.user, told.session, told.device, told.device_kind) == ("ann", "s", "d", "phone")
    assert (told.near, told.at, told.like) == ((1.0, 2.0), 5.0, False)


def test_who_asks_is_the_nearest_to_a_person_that_is_named() -> None:
    """User before session before device; nobody is told apart by what they ask."""
    assert unit_of(SearchRequest("q", user="u", session="s", device="d")) == "u"
    assert unit_of(SearchRequest("q", session="s", device="d")) == "s"
    assert unit_of(SearchRequest("q", device="d")) == "d"
    assert unit_of(SearchRequest("q")) == "q"
