"""Scores vectors exactly, and finds the best of a set of slots by scanning them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes.ranked import best, nothing

if TYPE_CHECKING:
    from indexes.dense.rows import Rows
    from indexes.dense.space import SpaceConfig
    from indexes.types import Mask, Matches

# A matrix product may differ by a few units in the last place between equal rows, so it only
# picks candidates: all within this share of the spread around the k-th are scored again.
MARGIN = 1e-5


def final_scores(
    vectors: npt.NDArray[np.float32], query: npt.NDArray[np.float32], config: SpaceConfig
) -> npt.NDArray[np.float32]:
    """Return the score of each row, (n,); equal rows give equal bits wherever they stand."""
    if config.metric == "l2":
        apart = vectors - query
        return -np.einsum("ij,ij->i", apart, apart)
    return np.einsum("ij,j->i", vectors, query)


def quick_scores(
    vectors: npt.NDArray[np.float32], query: npt.NDArray[np.float32], config: SpaceConfig
) -> npt.NDArray[np.float32]:
    """Return scores good to about six digits, (n,), as fast as memory allows."""
    if config.metric != "l2":
        return vectors @ query
    return 2 * (vectors @ query) - np.einsum("ij,ij->i", vectors, vectors) - query @ query


def ranked(
    rows: Rows,
    slots: npt.NDArray[np.int32],
    query: npt.NDArray[np.float32],
    k: int,
    config: SpaceConfig,
) -> Matches:
    """Return the k best of a few living slots by their final scores."""
    return best(rows.owners[slots], final_scores(rows.vectors[slots], query, config), k)


def near(
    vectors: npt.NDArray[np.float32], query: npt.NDArray[np.float32], k: int, config: SpaceConfig
) -> npt.NDArray[np.intp]:
    """Return the places of every row that may be among the k best."""
    if len(vectors) <= 2 * k:
        return np.arange(len(vectors))
    scores = quick_scores(vectors, query, config)
    floor = np.partition(scores, len(scores) - k)[len(scores) - k]
    size = max(float(np.abs(scores).max()), float(query @ query))
    return np.flatnonzero(scores >= floor - MARGIN * size)


def scan(
    rows: Rows, query: npt.NDArray[np.float32], k: int, mask: Mask | None, config: SpaceConfig
) -> Matches:
    """Return the k best among all slots whose owners the mask allows."""
    slots = rows.survivors(mask)
    if k <= 0 or not len(slots):
        return nothing()
    places = near(rows.vectors[slots], query, k, config)
    return ranked(rows, slots[places], query, k, config)
