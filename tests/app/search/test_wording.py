"""Queries are read once as long as nothing changes, and anew when anything did."""

from __future__ import annotations

from app.domain.items import Item
from app.search.understand import words_of
from app.search.wording import Wordings
from tests.app.search.fakes import icons


def test_a_query_is_read_once_until_the_collection_changes() -> None:
    """The same reading comes back; after a write it is a new one, and says what holds then."""
    collection, wordings = icons(2), Wordings()
    collection.suggest.corrections["icno"] = "icon"
    first = wordings.words("icno", collection)
    assert (first.query, wordings.words("icno", collection) is first) == ("icon", True)
    collection.suggest.corrections.clear()
    assert wordings.words("icno", collection) is first, "nothing was written"
    collection.put(Item("new", title="icno"))
    assert wordings.words("icno", collection).query == "icno"


def test_no_more_are_kept_than_allowed() -> None:
    """Beyond the bound all are forgotten, and each reading is what it always was."""
    collection, wordings = icons(3), Wordings(max_queries=2)
    read = [wordings.words(query, collection) for query in ("icon", "shape", "icon 1", "icon")]
    assert read == [words_of(query, collection) for query in ("icon", "shape", "icon 1", "icon")]
    assert len(wordings._read) <= 2
