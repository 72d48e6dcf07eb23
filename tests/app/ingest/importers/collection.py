"""A collection in memory that is stricter than the real one: what is put must fit its blob."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.items import Item
from app.domain.log import Appended
from app.ingest.items import BatchOutcome, Refusal
from app.ingest.pictures import PictureLimits, verify_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.domain.errors import InvalidInput
    from app.domain.log import Blob


class Collection:
    """Documents, blobs and the writer that fills them; `refuse` maps ids to the error they get."""

    def __init__(self, refuse: dict[str, InvalidInput] | None = None) -> None:
        self.items: dict[str, Item] = {}
        self.blobs: dict[str, Blob] = {}
        self.batches: list[list[str]] = []
        self.refuse = refuse or {}

    async def put_many(self, entries: Sequence[tuple[Item, bytes | None]]) -> BatchOutcome:
        assert entries, "an empty batch is never sent"
        self.batches.append([item.id for item, _ in entries])
        refused = []
        for index, (item, picture) in enumerate(entries):
            if item.id in self.refuse:
                refused.append(Refusal(index, self.refuse[item.id]))
            else:
                self._put(item, picture)
        return BatchOutcome(Appended(len(self.items), len(entries) - len(refused)), tuple(refused))

    def _put(self, item: Item, picture: bytes | None) -> None:
        blob = None if picture is None else verify_picture(picture, PictureLimits())
        assert (item.picture, item.media_type) == ((blob.digest, blob.media_type) if blob else (None, None))
        if blob:
            self.blobs[blob.digest] = blob
        self.items[item.id] = Item.from_body(item.to_body())

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
