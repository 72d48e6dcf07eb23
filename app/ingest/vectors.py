"""Brings the text embeddings of items into the views: given ones as they are, others encoded."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from app.domain.items import Item
from app.domain.log import Kind
from app.ingest.wording import embedding_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from app.domain.log import LogRow
    from app.domain.ports import TextEncoder, VectorCache, Views

    Vector = npt.NDArray[np.float32]

ENCODE_TEXTS = 64  # texts of one encoder call
TEXT_SPACE = "text"


class TextVectors:
    """The consumer of the slow lane. Vectors are cached by the content they were made from."""

    def __init__(
        self, views: Views, encoder: TextEncoder, cache: VectorCache, space: str = TEXT_SPACE
    ) -> None:
        self._views = views
        self._encoder = encoder
        self._cache = cache
        self._space = space

    def __call__(self, rows: Sequence[LogRow]) -> None:
        """Give the items of these rows their vectors.

        Without words and vector it is the zero vector, which is near nothing: one that the item
        had before is then gone.
        """
        items = newest_items(rows)
        vectors = self._given(items) | self._encoded(items)
        ids = sorted(item.id for item in items)
        stacked = np.zeros((len(ids), self._encoder.dim), dtype=np.float32)
        for row, item_id in enumerate(ids):
            if item_id in vectors:
                stacked[row] = vectors[item_id]
        self._views.put_vectors(self._space, ids, stacked, rows[-1].lsn)

    def _given(self, items: Sequence[Item]) -> dict[str, Vector]:
        return {item.id: np.asarray(item.embedding, np.float32) for item in items if self._brings(item)}

    def _brings(self, item: Item) -> bool:
        return item.embedding is not None and len(item.embedding) == self._encoder.dim

    def _encoded(self, items: Sequence[Item]) -> dict[str, Vector]:
        texts = {item.id: embedding_text(item) for item in items if not self._brings(item)}
        by_digest = {_digest(text): text for text in texts.values() if text}
        known = self._cache.get_many(self._encoder.name, list(by_digest))
        missing = {digest: text for digest, text in by_digest.items() if digest not in known}
        known |= self._encode(missing)
        return {item_id: known[_digest(text)] for item_id, text in texts.items() if text}

    def _encode(self, texts: Mapping[str, str]) -> dict[str, Vector]:
        made: dict[str, Vector] = {}
        digests = list(texts)
        for start in range(0, len(digests), ENCODE_TEXTS):
            some = digests[start : start + ENCODE_TEXTS]
            rows = self._encoder.encode([texts[digest] for digest in some])
            fresh = dict(zip(some, rows, strict=True))
            self._cache.put_many(self._encoder.name, fresh)
            made |= fresh
        return made


def newest_items(rows: Sequence[LogRow]) -> list[Item]:
    """Return the items that are there after these rows, each as it was last put."""
    newest = {row.key: row for row in rows if row.kind in {Kind.ITEM_PUT, Kind.ITEM_DELETE}}
    return [Item.from_body(row.body) for row in newest.values() if row.kind is Kind.ITEM_PUT]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
