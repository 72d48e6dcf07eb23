"""Predicts each item from its nearest ones together, so that what they have in common is counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from indexes.behavior.sparse import blocks

if TYPE_CHECKING:
    from indexes.behavior.sparse import Table

BLOCK_ITEMS = 1_000


def ridge(met: Table, links: Table, num_near: int, damping: float) -> Table:
    """Return weights (m, m): column j has those by which its `num_near` strongest linked items predict item j.

    With N the items that link to j most, w = (G_NN + damping I)^-1 G_Nj, G = R^T R: ridge regression, or EASE
    (Steck 2019) restricted to neighbours. met (n, m) is R, links (m, m) have no entry from an item to itself.
    """
    gram = (met.T.tocsr() @ met).tocsr()
    gram.sort_indices()
    into = links.T.tocsr()
    upper = np.triu_indices(num_near)
    rows, columns, weights = [], [], []
    for some in blocks(met.shape[1], BLOCK_ITEMS):
        near = _strongest(into, some, num_near)
        there = near >= 0
        known = np.where(there, near, 0)
        inner = np.zeros((len(near), num_near, num_near), np.float32)
        pairs = gram[known[:, upper[0]].ravel(), known[:, upper[1]].ravel()]
        inner[:, upper[0], upper[1]] = np.asarray(pairs).reshape(len(near), -1)
        inner[:, upper[1], upper[0]] = inner[:, upper[0], upper[1]]
        inner *= there[:, :, None] & there[:, None, :]
        inner += damping * np.eye(num_near, dtype=np.float32)
        targets = np.repeat(np.arange(some.start, some.stop), num_near)
        outer = np.asarray(gram[known.ravel(), targets]).reshape(near.shape) * there
        found = np.linalg.solve(inner, outer[:, :, None])[:, :, 0]
        rows.append(near[there])
        columns.append(targets[there.ravel()])
        weights.append(found[there])
    where = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array((np.concatenate(weights).astype(np.float32), where), shape=gram.shape)


def _strongest(into: Table, some: slice, num_near: int) -> np.ndarray:
    """Return for each of some rows the columns of its largest entries, (rows, num_near), -1 where there are fewer."""
    near = np.full((some.stop - some.start, num_near), -1, np.int64)
    for row in range(some.start, some.stop):
        first, last = into.indptr[row], into.indptr[row + 1]
        best = np.lexsort((into.indices[first:last], -into.data[first:last]))[:num_near]
        near[row - some.start, : len(best)] = into.indices[first:last][best]
    return near
