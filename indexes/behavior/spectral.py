"""Smooths what somebody met by the slow waves of the graph of persons and items: GF-CF's low-pass filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from indexes.behavior.sparse import power, scale

if TYPE_CHECKING:
    from indexes.behavior.sparse import Floats, Table

OVERSAMPLED = 16  # further directions of the search for the leading ones (Halko et al. 2011)


@dataclass(frozen=True, slots=True)
class LowPass:
    """The ideal low-pass filter of GF-CF (Shen et al. 2021): s = r D^-1/2 V V^T D^1/2.

    `into` (m, k) is D^-1/2 V and `out` (m, k) is V scaled back by D^`damped`, D^1/2 in the paper.
    """

    into: Floats
    out: Floats

    def waves(self, asked: Table) -> Floats:
        """Return what rows of items (q, m) weigh in each wave, (q, k); times `out` they are smoothed rows."""
        return np.asarray(asked @ self.into, np.float32)


def low_pass(met: Table, rank: int, seed: int, damped: float = 0.3, rounds: int = 2) -> LowPass:
    """Return the filter of the `rank` slowest waves of D_u^-1/2 R D_i^-1/2, found by subspace iteration.

    The vectors are the right singular ones of that matrix with the largest values; `seed` decides
    where the search begins.
    """
    people = np.asarray(met.sum(axis=1), np.float32).ravel()
    items = np.asarray(met.sum(axis=0), np.float32).ravel()
    even = scale(met, rows=power(people, -0.5), columns=power(items, -0.5))
    back = even.T.tocsr()
    rank = min(rank, *met.shape)
    width = min(rank + OVERSAMPLED, *met.shape)
    start = np.random.default_rng(seed).standard_normal((met.shape[1], width)).astype(np.float32)
    basis = np.linalg.qr(start)[0]
    for _ in range(rounds):
        basis = np.linalg.qr(back @ (even @ basis))[0]
    image = even @ basis
    values, turned = np.linalg.eigh(image.T @ image)
    waves = (basis @ turned[:, np.argsort(-values, kind="stable")[:rank]]).astype(np.float32)
    return LowPass(into=power(items, -0.5)[:, None] * waves, out=power(items, damped)[:, None] * waves)
