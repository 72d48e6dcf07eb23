"""Small tables of who met what, as dense arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from indexes.behavior.sparse import Table


def table(rows: list[list[float]]) -> Table:
    """Return a sparse table of these rows."""
    return sparse.csr_array(np.array(rows, np.float32))


def drawn(num_persons: int, num_items: int, seed: int, share: float = 0.3) -> Table:
    """Return a random table in which everybody met something and everything was met."""
    rng = np.random.default_rng(seed)
    met = (rng.random((num_persons, num_items)) < share).astype(np.float32)
    met[np.arange(num_persons), rng.integers(0, num_items, num_persons)] = 1
    met[rng.integers(0, num_persons, num_items), np.arange(num_items)] = 1
    return sparse.csr_array(met)
