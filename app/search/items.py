"""Keeps the bodies of items that answers showed lately, so that most pages read nothing from the store."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.search.matched import Stems, stems_of
from indexes.text.analyzer import Analyzer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from app.domain.items import Item
    from app.domain.ports import Documents
    from indexes.types import Record


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as answers show it, with the stems of its fields for their reasons."""

    item: Item
    stems: Stems


class Items:
    """A bounded cache over the documents, for one event loop.

    An entry is good for one record object of the collection, which every put replaces. The store
    is ahead of the collection, so a body read under a record is never older than it.
    """

    def __init__(
        self, documents: Documents, executor: Executor, max_items: int, analyzer: Analyzer | None = None
    ) -> None:
        self._documents = documents
        self._executor = executor
        self._max_items = max_items
        self._analyzer = analyzer or Analyzer()
        self._kept: OrderedDict[str, tuple[Record, Shown]] = OrderedDict()

    async def get_many(self, records: Sequence[Record]) -> dict[str, Shown]:
        """Return the items that exist, by id; the store is read on a thread, once, for what is missing."""
        found: dict[str, Shown] = {}
        missing: dict[str, Record] = {}
        for record in records:
            kept = self._kept.get(record.id)
            if kept is not None and kept[0] is record:
                self._kept.move_to_end(record.id)
                found[record.id] = kept[1]
            else:
                missing[record.id] = record
        if missing:
            loop = asyncio.get_running_loop()
            read = await loop.run_in_executor(self._executor, self._read, list(missing))
            self._keep(missing, read)
            found |= read
        return found

    def _read(self, ids: list[str]) -> dict[str, Shown]:
        items = self._documents.get_many(ids)
        return {item_id: Shown(item, stems_of(item, self._analyzer)) for item_id, item in items.items()}

    def _keep(self, records: dict[str, Record], read: dict[str, Shown]) -> None:
        for item_id, shown in read.items():
            self._kept[item_id] = (records[item_id], shown)
            self._kept.move_to_end(item_id)
        while len(self._kept) > self._max_items:
            self._kept.popitem(last=False)
