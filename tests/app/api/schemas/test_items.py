"""Tests that items are read from the wire and written to it without loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.api.schemas.items import ItemBody, ToldItems, check_id, image_url, item_json, rfc3339
from app.domain.items import GENERATED, Item, Location

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
VALUES = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(NAMES, max_size=3),
)


@given(
    title=st.text(st.characters(codec="utf-8"), max_size=30),
    tags=st.lists(NAMES, max_size=4),
    attributes=st.dictionaries(NAMES, VALUES, max_size=4),
    created=st.integers(0, 4_000_000_000),
)
def test_what_is_sent_comes_back(
    title: str, tags: list[str], attributes: dict[str, object], created: int
) -> None:
    """An item read from JSON and written again has the same fields."""
    sent = {"title": title, "tags": tags, "attributes": attributes, "created_at": rfc3339(created)}
    body = ItemBody.model_validate(sent)
    told = item_json(body.to_item("x"))
    assert told["id"] == "x"
    assert told.get("title", "") == title
    assert told.get("tags", []) == tags
    assert told.get("attributes", {}) == attributes
    assert told["created_at"] == rfc3339(created)


def test_booleans_and_numbers_keep_their_kind() -> None:
    """A boolean is no number, and a number no boolean."""
    body = ItemBody.model_validate({"attributes": {"a": True, "b": 1, "c": "1"}})
    values = body.to_item("x").attributes
    assert [type(values[name]) for name in "abc"] == [bool, float, str]


@pytest.mark.parametrize("bad", ["", "x" * 513, "é" * 257, "a/image", "nul\x00", "\ud800"])
def test_ids_that_cannot_be_addressed_are_refused(bad: str) -> None:
    """Empty, over 512 bytes, ending in the picture's address, NUL, lone surrogates."""
    with pytest.raises(ValueError, match="an id"):
        check_id(bad)


def test_a_moment_without_a_zone_is_refused() -> None:
    """Times are RFC 3339: a zone belongs to them."""
    with pytest.raises(ValidationError, match="timezone"):
        ItemBody.model_validate({"created_at": "2024-05-01T12:00:00"})
    body = ItemBody.model_validate({"created_at": "2024-05-01T14:00:00+02:00"})
    assert body.to_item("x").created_at == 1714564800.0
    assert rfc3339(1714564800.0) == "2024-05-01T12:00:00Z"


def test_the_picture_is_an_address_and_never_a_digest() -> None:
    """Only items with a picture have an address; blanks in ids are escaped, slashes stay."""
    item = Item("a b/ü", picture="0" * 64, media_type="image/png", origin=GENERATED, location=Location(1, 2))
    assert image_url(item) == "/v1/items/a%20b/%C3%BC/image"
    assert image_url(Item("a")) is None
    told = item_json(item)
    assert "picture" not in told
    assert (told["origin"], told["location"]) == ("generated", {"lat": 1, "lon": 2})


def test_what_is_remembered_is_of_the_item_at_hand() -> None:
    """A changed item is told anew, and the oldest is forgotten beyond the bound."""
    told = ToldItems(2)
    first = Item("a", title="old", picture="0" * 64)
    body, address = told.tell(first)
    assert told.tell(first)[0] is body
    assert address == "/v1/items/a/image"
    assert told.tell(Item("a", title="new"))[0]["title"] == "new"
    for name in "bc":
        told.tell(Item(name))
    assert told.tell(first)[0] == body
    assert told.tell(first)[0] is not body
