"""What the table of the newest item bodies promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.items import Item, Location
from app.domain.log import Kind, NewRow
from tests.app.store.rows import append, gone, put

if TYPE_CHECKING:
    from app.store.store import Store


def test_newest_wins(store: Store) -> None:
    """The last body of an id is the one that is read, also within one append."""
    append(store, put("a", "one"), put("a", "two"))
    assert store.documents.get("a") == Item(id="a", title="two")
    append(store, put("a", "three"))
    assert store.documents.get("a") == Item(id="a", title="three")
    assert store.documents.count() == 1


def test_deleted(store: Store) -> None:
    """A deleted item is gone, one put again afterwards is back."""
    append(store, put("a"), put("b"), gone("a"))
    assert store.documents.get("a") is None
    append(store, gone("b"), put("b", "back"))
    assert store.documents.get("b") == Item(id="b", title="back")


def test_everything_comes_back(store: Store) -> None:
    """Every field of an item survives the store."""
    item = Item(
        id="日本/é 1",
        title="Füchse 🦊",
        text="\0\n'\"",
        tags=("a", "b"),
        category="c",
        attributes={"x": 1.5, "y": True, "z": ("p", "q")},
        language="de",
        location=Location(1.25, -2.5),
        picture="0" * 64,
        media_type="image/png",
        embedding=(0.25, -1.0),
        popularity=3.0,
        created_at=12.5,
        origin="generated",
        receipt={"seed": 7},
    )
    append(store, NewRow(Kind.ITEM_PUT, item.id, item.to_body()))
    assert store.documents.get(item.id) == item


def test_many(store: Store) -> None:
    """A look-up of many ids, more than one statement holds, gives those that exist."""
    append(store, *(put(f"{i:04d}") for i in range(1_200)))
    found = store.documents.get_many([f"{i:04d}" for i in range(600, 1_800)])
    assert sorted(found) == [f"{i:04d}" for i in range(600, 1_200)]
    assert store.documents.get_many([]) == {}


def test_scan(store: Store) -> None:
    """A scan gives every item once, by code point of its id, across pages."""
    ids = [f"{i:04d}" for i in range(1_050)] + ["Z", "a", "é", "中", "🙂"]
    append(store, *(put(item_id) for item_id in reversed(ids)))
    assert [item.id for item in store.documents.scan()] == sorted(ids)
    assert store.documents.count() == len(ids)
