"""Holds the collection that both contenders search: items, their vectors, queries and theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tests.load import vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from app.services import Services

SPACE = "text"
NUM_QUERIES = 300
FILE = "corpus.json"


@dataclass(frozen=True, slots=True)
class Corpus:
    """`vectors` is (n, d) beside n items, `query_vectors` (q, d) beside q queries, float32 of unit length."""

    items: Sequence[Mapping[str, Any]]
    vectors: npt.NDArray[np.float32]
    queries: Sequence[str]
    query_vectors: npt.NDArray[np.float32]

    def save(self, folder: Path) -> None:
        """Write everything into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps({"items": list(self.items), "queries": list(self.queries)}))
        np.savez(folder / "vectors.npz", vectors=self.vectors, query_vectors=self.query_vectors)

    @classmethod
    def load(cls, folder: Path) -> Corpus:
        """Read what `save` wrote."""
        body = json.loads((folder / FILE).read_text())
        with np.load(folder / "vectors.npz") as arrays:
            return cls(body["items"], arrays["vectors"], body["queries"], arrays["query_vectors"])


def draw_queries(seed: int = 1) -> list[str]:
    """Return distinct queries as people type them, without slips: concepts, and concepts with a manner."""
    rng = Random(seed)
    drawn: dict[str, None] = {}
    while len(drawn) < NUM_QUERIES:
        drawn[vocabulary.concept(rng) if rng.random() < 0.5 else vocabulary.phrase(rng)] = None
    return list(drawn)


async def take(services: Services) -> Corpus:
    """Take a running service's items and text vectors out of its indexes, and encode the queries."""
    collection = services.search.collection
    space, encoder = collection.spaces[SPACE], services.search.encoders[SPACE]
    items, vectors = [], []
    for item in services.documents.scan():
        ordinal = collection.ordinal(item.id)
        vector = None if ordinal is None else space.vector(ordinal)
        if vector is not None:
            items.append(item.to_body())
            vectors.append(vector)
    queries = draw_queries()
    return Corpus(
        items,
        np.stack(vectors),
        queries,
        np.stack([await encoder.encode(query) for query in queries]),
    )
