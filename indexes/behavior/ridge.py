"""Predicts each item from its nearest ones together, so that what they have in common is counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from indexes.behavior.sparse import blocks

if TYPE_CHECKING:
    import numpy.typing as npt

    from indexes.behavior.sparse import Floats, Table

    Numbers = npt.NDArray[np.int64]

BLOCK_ITEMS = 8_000


def ridge(met: Table, links: Table, num_near: int, damping: float) -> Table:
    """Return weights (m, m): in column j those by which its `num_near` strongest linked items predict item j.

    With N the items that link to j most, w = (G_NN + damping I)^-1 G_Nj, G = R^T R: ridge regression, or EASE
    (Steck 2019) restricted to neighbours. met (n, m) is R, links (m, m) have no entry from an item to itself.
    """
    gram = (met.T.tocsr() @ met).tocsr()
    into = links.T.tocsr()
    rows, columns, weights = [], [], []
    for some in blocks(met.shape[1], BLOCK_ITEMS):
        near = _strongest(into, some, num_near)
        there = near >= 0
        inner, outer = _products(gram, near, some.start)
        inner += damping * np.eye(num_near, dtype=np.float32)
        found = np.linalg.solve(inner, outer[:, :, None])[:, :, 0]
        rows.append(near[there])
        columns.append(np.repeat(np.arange(some.start, some.stop), there.sum(axis=1)))
        weights.append(found[there])
    where = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array((np.concatenate(weights).astype(np.float32), where), shape=gram.shape)


def _products(gram: Table, near: Numbers, start: int) -> tuple[Floats, Floats]:
    """Return G_NN (b, k, k) and G_Nj (b, k) for items j from `start` on, 0 where `near` (b, k) has nothing.

    Each row of G that is needed is spread out once, and read for all items that have it near.
    """
    num, k = near.shape
    there = near >= 0
    known = np.where(there, near, 0)
    inner, outer = np.zeros((num, k, k), np.float32), np.zeros((num, k), np.float32)
    spread = np.zeros(gram.shape[1], np.float32)
    places = np.flatnonzero(there)
    places = places[np.argsort(near.ravel()[places], kind="stable")]
    items, starts = np.unique(near.ravel()[places], return_index=True)
    for item, some in zip(items.tolist(), np.split(places, starts[1:]), strict=True):
        row = slice(gram.indptr[item], gram.indptr[item + 1])
        spread[gram.indices[row]] = gram.data[row]
        which, slot = np.divmod(some, k)
        inner[which, slot] = spread[known[which]]
        outer[which, slot] = spread[start + which]
        spread[gram.indices[row]] = 0
    inner *= there[:, None, :]
    return inner, outer


def _strongest(into: Table, some: slice, num_near: int) -> Numbers:
    """Return the columns of the largest entries of some rows, (rows, num_near), -1 where there are fewer."""
    near = np.full((some.stop - some.start, num_near), -1, np.int64)
    for row in range(some.start, some.stop):
        first, last = into.indptr[row], into.indptr[row + 1]
        best = np.lexsort((into.indices[first:last], -into.data[first:last]))[:num_near]
        near[row - some.start, : len(best)] = into.indices[first:last][best]
    return near
