"""Wraps a navigable small-world graph over slots: the one file that knows hnswlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hnswlib
import numpy as np

from indexes.dense.growth import shape_for

if TYPE_CHECKING:
    from pathlib import Path

    from indexes.dense.rows import Floats, Slots
    from indexes.dense.space import SpaceConfig

# Vectors of a cosine space have unit length already, and so the inner product serves it too.
CHUNK = 10_000  # vectors that are copied at once while a graph is built
METRICS = {"cosine": "ip", "ip": "ip", "l2": "l2"}


class Graph:
    """A graph over the slots 0 to len - 1 (Malkov and Yashunin 2018).

    It is filled by one thread before it is published and only read afterwards: hnswlib allows
    searches beside searches, but no insertion beside a search.
    """

    def __init__(self, config: SpaceConfig, index: hnswlib.Index, size: int) -> None:
        self._config = config
        self._index = index
        self._size = size

    def __len__(self) -> int:
        return self._size

    @classmethod
    def build(cls, config: SpaceConfig, vectors: Floats, num_threads: int = 1) -> Graph:
        """Return a graph of all rows of `vectors`, (n, dim); with one thread always the same one."""
        shape = shape_for(config, len(vectors))
        index = hnswlib.Index(METRICS[config.metric], config.dim)
        index.init_index(
            max_elements=len(vectors),
            M=shape.m,
            ef_construction=shape.ef_construction,
            random_seed=config.seed,
        )
        # Collections come in order, all of one kind first: taken at random the graph is found through better.
        order = np.random.default_rng(config.seed).permutation(len(vectors))
        for start in range(0, len(order), CHUNK):
            some = order[start : start + CHUNK]
            index.add_items(vectors[some], some, num_threads=num_threads)
        return cls(config, index, len(vectors))

    @classmethod
    def load(cls, config: SpaceConfig, path: Path, size: int, room: int = 0) -> Graph:
        """Read a graph of `size` slots with room for more."""
        index = hnswlib.Index(METRICS[config.metric], config.dim)
        index.load_index(str(path), max_elements=size + room)
        return cls(config, index, size)

    @property
    def size_bytes(self) -> int:
        """Return what the graph takes: its links, and a copy of its vectors."""
        return int(self._index.index_file_size())

    @property
    def is_outgrown(self) -> bool:
        """Return whether a graph of as many slots would be built with more links."""
        return shape_for(self._config, self._size).m > int(self._index.M)

    def extended(self, vectors: Floats, scratch: Path) -> Graph:
        """Return a copy, made by way of the file `scratch`, that also holds these next slots."""
        self.save(scratch)
        copy = self.load(self._config, scratch, self._size, room=len(vectors))
        scratch.unlink()
        copy.add(vectors)
        return copy

    def add(self, vectors: Floats) -> None:
        """Take in the next slots, (n, dim); the graph must have room and must not be published yet."""
        labels = np.arange(self._size, self._size + len(vectors))
        self._index.add_items(vectors, labels, num_threads=1)
        self._size += len(vectors)

    def search(self, query: Floats, width: int) -> tuple[Slots, Floats] | None:
        """Return the `width` nearest slots met with that search width, and how far off; None for fewer.

        Distances ascend, in the graph's own measure, good to about six digits.
        """
        try:
            slots, distances = self._index.knn_query(query[None], k=min(width, self._size), num_threads=1)
        except RuntimeError:  # hnswlib's way of saying that parts of the graph cannot be reached
            return None
        return slots[0].astype(np.int32), distances[0]

    def save(self, path: Path) -> None:
        """Write the graph to a file."""
        self._index.save_index(str(path))
