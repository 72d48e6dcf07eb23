"""Reasons name the words that really stand in a field."""

from app.domain.items import Item
from app.search.matched import best_field, matched_words, stems_of
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


def test_the_best_field_is_the_first_that_has_any() -> None:
    """It is told as among all fields, and nothing where none has a word."""
    stems = stems_of(Item("1", title="Bear", tags=("fox", "red"), text="a red fox"), ANALYZER)
    assert best_field(parse_query("red foxes", ANALYZER), stems) == {"tags": ("red", "foxes")}
    assert best_field(parse_query("boat", ANALYZER), stems) == {}


def test_fields_without_the_words_are_left_out() -> None:
    """Nothing is claimed of a field that has none of the words."""
    stems = stems_of(Item("1", title="Bear", text="狐狸在跑"), ANALYZER)
    assert matched_words(parse_query("fox", ANALYZER), stems) == {}
    assert matched_words(parse_query("狐狸", ANALYZER), stems) == {"text": ("狐狸",)}
