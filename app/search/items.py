"""Keeps the bodies of items that answers showed lately, so that most pages read nothing from the store."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from app.domain.items import Item
    from app.domain.ports import Documents


class Items:
    """A bounded cache over the documents, for one event loop.

    An entry is good for one version, the LSN that the collection last applied to the item. The
    store is ahead of the collection, so a body read under a version is never older than it.
    """

    def __init__(self, documents: Documents, executor: Executor, max_items: int) -> None:
        self._documents = documents
        self._executor = executor
        self._max_items = max_items
        self._kept: OrderedDict[str, tuple[int, Item]] = OrderedDict()

    async def get_many(self, ids: Sequence[str], versions: Sequence[int]) -> dict[str, Item]:
        """Return the items that exist, by id; the store is read on a thread, once, for what is missing."""
        found: dict[str, Item] = {}
        missing: dict[str, int] = {}
        for item_id, version in zip(ids, versions, strict=True):
            kept = self._kept.get(item_id)
            if kept is not None and kept[0] == version:
                self._kept.move_to_end(item_id)
                found[item_id] = kept[1]
            else:
                missing[item_id] = version
        if missing:
            found.update(await self._read(missing))
        return found

    async def _read(self, missing: dict[str, int]) -> dict[str, Item]:
        loop = asyncio.get_running_loop()
        items = await loop.run_in_executor(self._executor, self._documents.get_many, list(missing))
        for item_id, item in items.items():
            self._kept[item_id] = (missing[item_id], item)
            self._kept.move_to_end(item_id)
        while len(self._kept) > self._max_items:
            self._kept.popitem(last=False)
        return items
