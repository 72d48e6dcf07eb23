"""Scores vectors exactly, and finds the best of a set of slots by scanning them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from indexes.ranked import best, nothing

if TYPE_CHECKING:
    from indexes.dense.rows import Floats, Rows, Slots
    from indexes.dense.space import SpaceConfig
    from indexes.types import Mask, Matches

# A matrix product may differ by a few units in the last place between equal rows, so it only
# picks candidates: all that lie within this share of the largest score below the k-th.
MARGIN = 1e-5


def scan(rows: Rows, query: Floats, k: int, mask: Mask | None, config: SpaceConfig) -> Matches:
    """Return the k best of all slots whose owners the mask allows; `query` is (dim,)."""
    slots = rows.survivors(mask)
    if k <= 0 or not len(slots):
        return nothing()
    return ranked(rows, near(rows, slots, query, k, config), query, k, config)


def ranked(
    rows: Rows,
    slots: Slots,
    query: Floats,
    k: int,
    config: SpaceConfig,
) -> Matches:
    """Return the k best of a few living slots by their final scores."""
    return best(rows.owners[slots], final_scores(rows.vectors.take(slots, axis=0), query, config), k)


def near(
    rows: Rows,
    slots: Slots,
    query: Floats,
    k: int,
    config: SpaceConfig,
    first: int = 0,
) -> Slots:
    """Return those of the slots, none before `first`, that may be among the k best."""
    if len(slots) <= 2 * k:
        return slots
    block = rows.vectors[first:]
    if 2 * len(slots) > len(block):  # scoring all where they lie costs less than copying most of them
        scores = quick_scores(block, query, config)[slots - first]
    else:
        scores = quick_scores(rows.vectors[slots], query, config)
    floor = np.partition(scores, len(scores) - k)[len(scores) - k]
    size = max(float(np.abs(scores).max()), float(query @ query))
    kept: Slots = slots[scores >= floor - MARGIN * size]
    return kept


def final_scores(vectors: Floats, query: Floats, config: SpaceConfig) -> Floats:
    """Return the score of each row, (n,); equal rows give equal bits wherever they stand."""
    if config.metric == "l2":
        apart = vectors - query
        squares: Floats = np.einsum("ij,ij->i", apart, apart)
        return np.negative(squares)
    products: Floats = np.einsum("ij,j->i", vectors, query)
    return products


def quick_scores(vectors: Floats, query: Floats, config: SpaceConfig) -> Floats:
    """Return scores good to about six digits, (n,), as fast as memory allows."""
    products: Floats = vectors @ query
    if config.metric == "l2":
        squares: Floats = np.einsum("ij,ij->i", vectors, vectors)
        products = 2 * products - squares - query @ query
    return products
