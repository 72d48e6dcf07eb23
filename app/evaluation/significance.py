"""Compares two ways to answer query by query: a randomisation test and a bootstrap interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

ROUNDS = 10_000
CHUNK = 500  # rounds at once, so that many queries stay in bounded memory
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Paired:
    """The mean difference over the same queries, its 95 % interval, and the p of no difference."""

    difference: float
    low: float
    high: float
    p_value: float


def compare_paired(
    new: npt.NDArray[np.float64], old: npt.NDArray[np.float64], rng: np.random.Generator
) -> Paired:
    """Return how `new` differs from `old`, (n,) scores of the same queries.

    The p is Fisher's two-sided randomisation test: under no difference each query's sign is a coin
    (Smucker, Allan and Carterette 2007), counted with the observed one among the rounds so that it is
    never 0. The interval is the percentile bootstrap over queries.
    """
    gains = new - old
    observed = float(gains.mean())
    means, extreme = [], 0
    for start in range(0, ROUNDS, CHUNK):
        rounds = min(CHUNK, ROUNDS - start)
        signs = rng.integers(0, 2, (rounds, len(gains)), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ gains) / len(gains) >= abs(observed) - 1e-12).sum())
        means.append(gains[rng.integers(0, len(gains), (rounds, len(gains)))].mean(axis=1))
    low, high = np.quantile(np.concatenate(means), (ALPHA / 2, 1 - ALPHA / 2))
    return Paired(observed, float(low), float(high), (extreme + 1) / (ROUNDS + 1))
