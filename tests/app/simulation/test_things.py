"""Items as simulated people see them."""

from __future__ import annotations

from app.simulation.things import Thing, thing_of


def test_an_item_is_its_words_concept_and_styles() -> None:
    """Words are small letters; without a concept the words stand for it; styles come from what is there."""
    item = {"id": "a", "title": "Horse-Head 2", "category": "Line", "attributes": {"weight": "bold", "n": 3}}
    assert thing_of(item) == Thing(
        "a", ("horse", "head", "2"), "horse head 2", ("category Line", "weight bold")
    )
    told = thing_of({"id": "b", "title": "Pony", "attributes": {"concept": "horse"}})
    assert told == Thing("b", ("pony",), "horse", ())


def test_what_has_no_name_nobody_asks_for() -> None:
    """An item without a title is none."""
    assert thing_of({"id": "c", "title": " ", "category": "Line"}) is None
