"""Links items by short random walks over who met what: RP3beta, and half a walk to people alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from indexes.behavior.sparse import best_of_rows, blocks, power, scale

if TYPE_CHECKING:
    from indexes.behavior.sparse import Table


def rp3beta(met: Table, alpha: float, beta: float, num_links: int) -> Table:
    """Return links (m, m) from every item to at most `num_links` others, the strongest.

    W = D_i^-alpha R^T D_u^-alpha R D_i^-beta with degrees D of persons u and items i: three steps of a
    walk whose probabilities are raised to alpha, popular ends damped by beta (Cooper et al. 2014 for P3alpha;
    Paudel et al. 2017 for beta). met (n, m) is 1 where a person met an item.
    """
    people, items = _degrees(met)
    back = scale(met.T.tocsr(), rows=power(items, -alpha))
    forth = scale(met, rows=power(people, -alpha), columns=power(items, -beta))
    parts = []
    for rows in blocks(back.shape[0]):
        walked = (back[rows] @ forth).tocsr()
        own = np.repeat(np.arange(rows.start, rows.stop), np.diff(walked.indptr)) == walked.indices
        walked.data[own] = 0
        parts.append(best_of_rows(walked, num_links))
    return sparse.vstack(parts, format="csr", dtype=np.float32)


def company(met: Table, rarity: float = 0.5) -> Table:
    """Return how alike a row of items and each person are, (m, n): times a row of items.

    Likeness is sum_i a_i r_ui d_i^-rarity d_u^-1/2: what few met says more than what all met, and who met
    everything is like nobody in particular.
    """
    people, items = _degrees(met)
    return scale(met.T.tocsr(), rows=power(items, -rarity), columns=power(people, -0.5))


def _degrees(met: Table) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.asarray(met.sum(axis=1), np.float32).ravel(),
        np.asarray(met.sum(axis=0), np.float32).ravel(),
    )
