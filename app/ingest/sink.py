"""Lets an import put its items through the same door as everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.items import Item
    from app.domain.log import Blob
    from app.ingest.items import ItemWriter


class ItemSink:
    """Answers the importers' `Sink` with an `ItemWriter`."""

    def __init__(self, items: ItemWriter) -> None:
        self._items = items

    async def put_many(self, entries: Sequence[tuple[Item, Blob | None]]) -> Sequence[str | None]:
        """Write the batch in one commit and return, for each entry, None or why it was refused."""
        outcome = await self._items.put_many(
            [(item, None if blob is None else blob.content) for item, blob in entries]
        )
        refused = {refusal.index: refusal.error.message for refusal in outcome.rejected}
        return [refused.get(index) for index in range(len(entries))]
