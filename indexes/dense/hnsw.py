"""Wraps a navigable small-world graph over slots: the one file that knows hnswlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hnswlib
import numpy as np

from indexes.dense.axes import axes_of, is_worn
from indexes.dense.growth import shape_for

if TYPE_CHECKING:
    from pathlib import Path

    from indexes.dense.growth import GraphShape
    from indexes.dense.rows import Floats, Slots
    from indexes.dense.space import SpaceConfig

# Vectors of a cosine space have unit length already, and so the inner product serves it too.
CHUNK = 10_000  # vectors that are copied at once while a graph is built
METRICS = {"cosine": "ip", "ip": "ip", "l2": "l2"}
GROWN = 1.25  # times its size at first: then it is seen whether its axes still do
AXES = ".axes.npy"  # beside the file of a graph that has some


class Graph:
    """A graph over the slots 0 to len - 1 (Malkov and Yashunin 2018).

    It is filled by one thread before it is published and only read afterwards: hnswlib allows
    searches beside searches, but no insertion beside a search. With `axes`, (few, dim), it holds and
    compares the vectors along those alone, so that its distances are near the true ones only.
    """

    def __init__(
        self, config: SpaceConfig, index: hnswlib.Index, size: int, axes: Floats | None = None
    ) -> None:
        self._config = config
        self._index = index
        self._size = size
        self._size_at_first = size
        self._axes = axes

    def __len__(self) -> int:
        return self._size

    @classmethod
    def build(cls, config: SpaceConfig, vectors: Floats, num_threads: int = 1) -> Graph:
        """Return a graph of all rows of `vectors`, (n, dim); with one thread always the same one."""
        axes = axes_of(vectors) if config.metric == "cosine" else None
        shape = shape_for(config, len(vectors), along_axes=axes is not None)
        index = hnswlib.Index(METRICS[config.metric], config.dim if axes is None else len(axes))
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
            index.add_items(_along(axes, vectors[some]), some, num_threads=num_threads)
        return cls(config, index, len(vectors), axes)

    @classmethod
    def load(cls, config: SpaceConfig, path: Path, size: int, room: int = 0) -> Graph:
        """Read a graph of `size` slots with room for more. Raises OSError, ValueError or RuntimeError."""
        beside = path.with_name(path.name + AXES)
        axes = np.load(beside) if beside.exists() else None
        if axes is not None and (axes.ndim != 2 or axes.shape[1] != config.dim):
            raise ValueError(f"axes of {axes.shape} in a space of {config.dim} numbers")
        return cls(config, _read(config, path, size + room, axes), size, axes)

    @property
    def size_bytes(self) -> int:
        """Return what the graph takes: its links, and a copy of its vectors."""
        return int(self._index.index_file_size())

    @property
    def is_exact(self) -> bool:
        """Return whether distances are those of whole vectors."""
        return self._axes is None

    @property
    def is_outgrown(self) -> bool:
        """Return whether a graph of as many slots would be built with more links."""
        return self.shape_for(self._size).m > int(self._index.M)

    def shape_for(self, num_vectors: int) -> GraphShape:
        """Return the shape that a graph of its kind has for so many vectors."""
        return shape_for(self._config, num_vectors, along_axes=not self.is_exact)

    def is_worn(self, vectors: Floats) -> bool:
        """Return whether its axes do not do for all these slots, (n, dim); told once a quarter is new."""
        has_grown = len(vectors) >= GROWN * self._size_at_first
        return has_grown and self._axes is not None and is_worn(self._axes, vectors)

    def extended(self, vectors: Floats, scratch: Path) -> Graph:
        """Return a copy, made by way of the file `scratch`, that also holds these next slots."""
        self._index.save_index(str(scratch))
        index = _read(self._config, scratch, self._size + len(vectors), self._axes)
        scratch.unlink()
        copy = Graph(self._config, index, self._size, self._axes)
        copy.add(vectors)
        copy._size_at_first = self._size_at_first
        return copy

    def add(self, vectors: Floats) -> None:
        """Take in the next slots, (n, dim); the graph must have room and must not be published yet."""
        labels = np.arange(self._size, self._size + len(vectors))
        self._index.add_items(_along(self._axes, vectors), labels, num_threads=1)
        self._size += len(vectors)

    def search(self, query: Floats, width: int) -> tuple[Slots, Floats] | None:
        """Return the `width` nearest slots met with that search width, and how far off; None for fewer.

        Distances ascend, in the graph's own measure, good to about six digits where it is exact.
        """
        asked = query if self._axes is None else self._axes @ query
        try:
            slots, distances = self._index.knn_query(asked, k=min(width, self._size), num_threads=1)
        except RuntimeError:  # hnswlib's way of saying that parts of the graph cannot be reached
            return None
        return slots[0].astype(np.int32), distances[0]

    def save(self, path: Path) -> None:
        """Write the graph to a file, and its axes beside it."""
        self._index.save_index(str(path))
        if self._axes is not None:
            np.save(path.with_name(path.name + AXES), self._axes)


def _read(config: SpaceConfig, path: Path, room: int, axes: Floats | None) -> hnswlib.Index:
    index = hnswlib.Index(METRICS[config.metric], config.dim if axes is None else len(axes))
    index.load_index(str(path), max_elements=room)
    return index


def _along(axes: Floats | None, vectors: Floats) -> Floats:
    """Return what a graph holds of vectors, (n, dim): all of them, or their lengths along its axes."""
    if axes is None:
        return vectors
    along: Floats = vectors @ axes.T
    return along
