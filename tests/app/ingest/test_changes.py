"""What a row means to the indexes."""

from __future__ import annotations

import pytest

from app.domain.items import Item, Location
from app.domain.log import Kind, LogRow
from app.ingest.changes import change_of
from indexes.types import Delete, Put, Record


def test_put() -> None:
    """An item row becomes a record with every field that can be searched."""
    item = Item(
        id="a",
        title="T",
        text="x",
        tags=("t",),
        category="c",
        attributes={"n": 1.0},
        language="en",
        location=Location(1.0, 2.0),
        picture="0" * 64,
        popularity=2.0,
        created_at=3.0,
        origin="generated",
    )
    record = Record("a", "T", "x", ("t",), "c", {"n": 1.0}, "en", (1.0, 2.0), 2.0, 3.0, "generated", True)
    assert change_of(LogRow(7, 1.0, Kind.ITEM_PUT, "a", item.to_body())) == Put(7, record)


def test_plain_put() -> None:
    """What an item lacks its record lacks."""
    assert change_of(LogRow(1, 1.0, Kind.ITEM_PUT, "a", {"id": "a"})) == Put(1, Record("a"))


def test_delete() -> None:
    """A deletion row names the id."""
    assert change_of(LogRow(8, 1.0, Kind.ITEM_DELETE, "a", {})) == Delete(8, "a")


@pytest.mark.parametrize("kind", [Kind.EVENT, Kind.DEVICE, Kind.JOB])
def test_others(kind: Kind) -> None:
    """Rows about anything else change no item."""
    assert change_of(LogRow(9, 1.0, kind, "a", {})) is None
