"""A line and an item say the same thing, each in its own form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.items import Item, Location
from app.domain.log import Blob
from app.ingest.importers.fields import item_of, line_id, line_of

BLOB = Blob("ab" * 32, "image/png", b"")
_text = st.text(st.characters(exclude_categories=["Cs"]))
_names = _text | st.sampled_from(["title", "id", "attributes", "file_name", "picture", "origin"])
_finite = st.floats(allow_nan=False, allow_infinity=False)
_values = _text | _finite | st.booleans() | st.integers(-(2**53), 2**53) | st.lists(_text).map(tuple)
_items = st.builds(
    Item,
    id=_text.filter(bool),
    title=_text,
    text=_text,
    tags=st.lists(_text).map(tuple),
    category=st.none() | _text.filter(bool),
    attributes=st.dictionaries(_names, _values),
    language=st.none() | _text.filter(bool),
    location=st.none() | st.builds(Location, st.floats(-90, 90), st.floats(-180, 180)),
    picture=st.none() | st.just(BLOB.digest),
    embedding=st.none() | st.lists(_finite, min_size=1).map(tuple),
    popularity=st.none() | _finite,
    created_at=st.none() | _finite,
    origin=st.sampled_from(["found", "generated"]),
    receipt=st.none() | st.dictionaries(_text, _text),
)


@given(_items)
def test_round_trip(item: Item) -> None:
    """Every item comes back from its line exactly, also when attributes are called like fields."""
    blob = None
    if item.picture:
        blob, item = BLOB, Item.from_body(item.to_body() | {"media_type": "image/png"})
    line = json.loads(json.dumps(line_of(item, "a.png" if blob else None)))
    back = item_of(line, blob)
    assert back == item
    assert json.dumps(back.to_body(), sort_keys=True) == json.dumps(item.to_body(), sort_keys=True)


def test_unknown_fields_are_attributes() -> None:
    """Fields that no item has become attributes beside the nested ones; null counts as absent."""
    item = item_of(
        {"id": 7, "title": "t", "color": "red", "sizes": ["s", "m"], "old": None, "attributes": {"title": 2}},
        None,
    )
    assert item == Item("7", title="t", attributes={"color": "red", "sizes": ("s", "m"), "title": 2})


def test_time_as_text() -> None:
    """A time may be written in RFC 3339; without a zone it is UTC."""
    for text in ("1970-01-02T00:00:00Z", "1970-01-02T02:00:00+02:00", "1970-01-02"):
        assert item_of({"id": "a", "created_at": text}, None).created_at == 86_400


def test_ids() -> None:
    """An id is the line's own, else the file's name, else the same digest for the same content."""
    assert line_id({"id": "a", "file_name": "b"}) == "a"
    assert line_id({"id": 3}) == "3"
    assert line_id({"file_name": "b.png"}) == "b.png"
    assert line_id({"title": "x", "text": "y"}) == line_id({"text": "y", "title": "x"})
    assert line_id({"title": "x"}) != line_id({"title": "y"})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": True}, "id"),
        ({"id": ""}, "id"),
        ({"id": ["a"]}, "id"),
        ({"title": 3}, "title"),
        ({"tags": "red"}, "tags"),
        ({"tags": ["red", 3]}, "tags"),
        ({"popularity": "high"}, "popularity"),
        ({"popularity": True}, "popularity"),
        ({"popularity": 10**400}, "popularity"),
        ({"embedding": []}, "embedding"),
        ({"embedding": [1, "2"]}, "embedding"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"location": {"lat": 91, "lon": 0}}, "location"),
        ({"location": {"lat": 1}}, "location"),
        ({"origin": "dreamt"}, "origin"),
        ({"receipt": []}, "receipt"),
        ({"attributes": []}, "attributes"),
        ({"attributes": {"a": {}}}, "attributes.a"),
        ({"a": {"b": 1}}, "attributes.a"),
        ({"a": [1]}, "attributes.a"),
        ({"a": 1, "attributes": {"a": 1}}, "attributes.a"),
        ({"picture": "00"}, "picture"),
        ({"media_type": "image/svg+xml"}, "media_type"),
    ],
)
def test_refused(fields: dict[str, Any], field: str) -> None:
    """A value of the wrong kind is refused by its field's name."""
    with pytest.raises(InvalidInput) as caught:
        item_of({"id": "a"} | fields, BLOB)
    assert caught.value.field == field
