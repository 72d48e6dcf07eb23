"""Gives collections with one space, and the records and vectors that tests put into them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from indexes.collection import Collection, CollectionConfig
from indexes.dense.space import SpaceConfig
from indexes.types import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIM = 4
SPACE = SpaceConfig(DIM, graph_from=40, fold_from=10)
COLOURS = ("red", "blue", "green")


@contextmanager
def opened(home: Path, saved: Path | None = None, dim: int = DIM) -> Iterator[Collection]:
    """Give a collection with one space, and close it."""
    spaces = {"text": SpaceConfig(dim, graph_from=40, fold_from=10)}
    collection = Collection(CollectionConfig(spaces, home), saved)
    try:
        yield collection
    finally:
        collection.close()


def record_of(number: int, colour: str = "red") -> Record:
    """Return a record whose title, tag and category name its colour."""
    return Record(f"i{number}", title=f"{colour} horse {number}", tags=(colour,), category=colour)


def vectors_of(ids: list[str], lsn: int) -> np.ndarray:
    """Return vectors that depend on the ids and the LSN only."""
    return np.stack([np.random.default_rng([lsn, *name.encode()]).normal(size=DIM) for name in ids]).astype(
        "f4"
    )


def found(collection: Collection, text: str, k: int = 10) -> list[str]:
    """Return the ids a query of words finds."""
    return collection.ids(collection.terms.search(collection.terms.parse(text), k).ordinals)
