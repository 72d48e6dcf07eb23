"""Tests that an item survives its way through the log."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from app.domain.items import FOUND, GENERATED, Item, Location

WORDS = st.text(max_size=12)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.one_of(WORDS, st.booleans(), FLOATS, st.lists(WORDS, max_size=3).map(tuple))
ITEMS = st.builds(
    Item,
    id=st.text(min_size=1, max_size=12),
    title=WORDS,
    text=WORDS,
    tags=st.lists(WORDS, max_size=3).map(tuple),
    category=st.none() | st.text(min_size=1, max_size=5),
    attributes=st.dictionaries(WORDS, VALUES, max_size=3),
    language=st.none() | st.just("en"),
    location=st.none() | st.builds(Location, FLOATS, FLOATS),
    picture=st.none() | st.just("0" * 64),
    media_type=st.none() | st.just("image/png"),
    embedding=st.none() | st.lists(FLOATS, min_size=1, max_size=3).map(tuple),
    popularity=st.none() | FLOATS,
    created_at=st.none() | FLOATS,
    origin=st.sampled_from([FOUND, GENERATED]),
    receipt=st.none() | st.just({"seed": 1}),
)


@given(ITEMS)
def test_a_body_is_json_and_reads_back_the_same(item: Item) -> None:
    """Writing an item as JSON and reading it again changes nothing."""
    assert Item.from_body(json.loads(json.dumps(item.to_body()))) == item


def test_what_is_empty_takes_no_room() -> None:
    """A bare item's body is its id."""
    assert Item("a").to_body() == {"id": "a"}
