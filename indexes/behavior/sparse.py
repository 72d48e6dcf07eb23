"""Scales sparse tables and keeps the best of each row: what walks over them are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator

Table: TypeAlias = "sparse.csr_array[np.float32]"
Floats: TypeAlias = npt.NDArray[np.float32]

BLOCK_ROWS = 2_000


def power(degrees: Floats, exponent: float) -> Floats:
    """Return degrees ** exponent, (n,), 0 where there is no degree."""
    powers = np.zeros(len(degrees), np.float32)
    known = degrees > 0
    powers[known] = degrees[known] ** exponent
    return powers


def scale(table: Table, rows: Floats | None = None, columns: Floats | None = None) -> Table:
    """Return diag(rows) @ table @ diag(columns)."""
    data = table.data.copy()
    if columns is not None:
        data *= columns[table.indices]
    if rows is not None:
        data *= np.repeat(rows, np.diff(table.indptr))
    return sparse.csr_array((data, table.indices, table.indptr), shape=table.shape)


def best_of_rows(table: Table, k: int) -> Table:
    """Return the table with the k largest entries of each row only; those not above 0 go too."""
    keep = table.data > 0
    for row in np.flatnonzero(np.diff(table.indptr) > k).tolist():
        first, last = table.indptr[row], table.indptr[row + 1]
        values = table.data[first:last]
        least = np.partition(values, len(values) - k)[len(values) - k]
        keep[first:last] &= values >= least
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))[keep]
    pointers = np.zeros(table.shape[0] + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=table.shape[0]), out=pointers[1:])
    kept = sparse.csr_array((table.data[keep], table.indices[keep], pointers), shape=table.shape)
    kept.sort_indices()
    return kept


def unit_rows(table: Table) -> Table:
    """Return the table with every row divided by its largest entry."""
    largest = np.asarray(table.max(axis=1).todense(), np.float32).ravel()
    return scale(table, rows=power(np.maximum(largest, 0), -1.0))


def blocks(num_rows: int, size: int = BLOCK_ROWS) -> Iterator[slice]:
    """Yield slices that together cover all rows."""
    for start in range(0, num_rows, size):
        yield slice(start, min(start + size, num_rows))
