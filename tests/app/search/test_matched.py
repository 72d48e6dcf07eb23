"""Reasons name the words that really stand in a field."""

from app.domain.items import Item
from app.search.matched import matched_words, stems_of
from indexes.text.analyzer import Analyzer
from indexes.text.query import parse_query

ANALYZER = Analyzer()


def test_words_are_found_by_stem_in_each_field() -> None:
    """A field is listed with the query's words that it has in any inflection, in the query's order."""
    item = Item("1", title="Running fox", tags=("animals", "red"), text="Foxes run at night")
    query = parse_query("foxes run animal", ANALYZER)
    assert matched_words(query, stems_of(item, ANALYZER)) == {
        "title": ("foxes", "run"),
        "tags": ("animal",),
        "text": ("foxes", "run"),
    }


def test_fields_without_the_words_are_left_out() -> None:
    """Nothing is claimed of a field that has none of the words."""
    stems = stems_of(Item("1", title="Bear", text="狐狸在跑"), ANALYZER)
    assert matched_words(parse_query("fox", ANALYZER), stems) == {}
    assert matched_words(parse_query("狐狸", ANALYZER), stems) == {"text": ("狐狸",)}
