"""A collection in memory that is stricter than the real one: what is put must fit its blob."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from app.domain.items import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.domain.log import Blob


class Collection:
    """Documents, blobs and the sink that fills them; `refuse` maps ids to the error they get."""

    def __init__(self, refuse: dict[str, str] | None = None) -> None:
        self.items: dict[str, Item] = {}
        self.blobs: dict[str, Blob] = {}
        self.batches: list[list[str]] = []
        self.refuse = refuse or {}

    async def put_many(self, entries: Sequence[tuple[Item, Blob | None]]) -> list[str | None]:
        assert entries, "an empty batch is never sent"
        self.batches.append([item.id for item, _ in entries])
        return [self._put(item, blob) for item, blob in entries]

    def _put(self, item: Item, blob: Blob | None) -> str | None:
        if item.id in self.refuse:
            return self.refuse[item.id]
        assert item.picture == (blob.digest if blob else None)
        if blob:
            assert hashlib.sha256(blob.content).hexdigest() == blob.digest
            self.blobs[blob.digest] = blob
        self.items[item.id] = Item.from_body(item.to_body())
        return None

    def get(self, item_id: str) -> Item | None:
        return self.items.get(item_id)

    def get_many(self, item_ids: Sequence[str]) -> dict[str, Item]:
        return {key: self.items[key] for key in item_ids if key in self.items}

    def count(self) -> int:
        return len(self.items)

    def scan(self) -> Iterator[Item]:
        yield from (self.items[key] for key in sorted(self.items))


class Blobs:
    """The blobs of a collection."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def get(self, digest: str) -> Blob | None:
        return self._collection.blobs.get(digest)


class Heard:
    """A progress callback that keeps what it heard and checks that it never goes back."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        assert 0 <= done <= total
        assert not self.calls or done >= self.calls[-1][0]
        self.calls.append((done, total))
