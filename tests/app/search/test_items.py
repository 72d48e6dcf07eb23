"""Bodies are read once a version, and no more of them kept than allowed."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from app.domain.items import Item
from app.search.items import Items
from tests.app.search.fakes import FakeCollection, FakeDocuments, icons

if TYPE_CHECKING:
    from indexes.types import Record


def living(collection: FakeCollection, *ordinals: int) -> list[Record]:
    """Return the records of these living ordinals."""
    return [record for record in collection.records(ordinals) if record is not None]


def test_what_was_read_is_not_read_again_until_it_changes() -> None:
    """Only new versions and new items go to the store, in one call."""
    collection = icons(3)
    documents = FakeDocuments(collection)

    async def work(items: Items) -> None:
        first = await items.get_many(living(collection, 0, 1))
        assert [shown.item.title for shown in first.values()] == ["icon 0", "icon 1"]
        collection.put(Item("icon-1", title="changed"))
        second = await items.get_many(living(collection, 0, 1, 2))
        assert {name: shown.item.title for name, shown in second.items()} == {
            "icon-0": "icon 0",
            "icon-1": "changed",
            "icon-2": "icon 2",
        }
        assert dict(second["icon-1"].stems) == {"title": frozenset({"chang"})}

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(work(Items(documents, pool, 10)))
    assert documents.reads == [("icon-0", "icon-1"), ("icon-1", "icon-2")]


def test_the_least_recently_shown_leave_first() -> None:
    """The cache keeps as many items as it may, those shown last."""
    collection = icons(3)
    documents = FakeDocuments(collection)

    async def work(items: Items) -> None:
        for ordinal in (0, 1, 0, 2, 0, 1):
            await items.get_many(living(collection, ordinal))

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(work(Items(documents, pool, 2)))
    assert documents.reads == [("icon-0",), ("icon-1",), ("icon-2",), ("icon-1",)]


def test_items_the_store_has_not_are_left_out() -> None:
    """An item that went from the store between recall and reading is missing, and is not remembered."""
    collection = icons(1)
    records = living(collection, 0)
    collection.delete("icon-0")
    with ThreadPoolExecutor(1) as pool:
        assert asyncio.run(Items(FakeDocuments(collection), pool, 2).get_many(records)) == {}
