"""Distances between two sets of feature vectors: Fréchet's, and a kernel's without bias."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def frechet(first: np.ndarray, second: np.ndarray) -> float:
    """Return |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) of rows (N, d) and (M, d), at least 0.

    Heusel et al. 2017, section 2. It grows as sets shrink, so only sets of one size compare.
    """
    gap = first.mean(0) - second.mean(0)
    one, two = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    # tr (S1 S2)^(1/2) by way of the symmetric root, whose eigenvalues cannot turn complex.
    values, axes = np.linalg.eigh(one)
    root = axes * np.sqrt(values.clip(min=0.0)) @ axes.T
    middle = np.linalg.eigvalsh(root @ two @ root).clip(min=0.0)
    total = gap @ gap + np.trace(one) + np.trace(two) - 2.0 * np.sqrt(middle).sum()
    return float(max(0.0, total))


@dataclass(frozen=True, slots=True)
class KernelDistance:
    """Mean over random subsets, and its standard error.

    The error is that of drawing subsets; it does not know how few rows they were drawn from.
    """

    mean: float
    error: float


def kernel_distance(
    first: np.ndarray, second: np.ndarray, *, subsets: int = 20, size: int = 500, seed: int = 0
) -> KernelDistance:
    """Return the unbiased squared MMD with the kernel (x·y / d + 1)^3, of rows (N, d) and (M, d).

    Bińkowski et al. 2018, section 4.1 (KID). It may come out below zero, as an unbiased estimate must.
    """
    random = np.random.default_rng(seed)
    fewest = min(len(first), len(second))
    size = min(size, fewest if subsets == 1 else max(2, fewest * 3 // 4))
    found = []
    for _ in range(subsets):
        x = first[random.choice(len(first), size, replace=False)]
        y = second[random.choice(len(second), size, replace=False)]
        within = _off_diagonal(_kernel(x, x)) + _off_diagonal(_kernel(y, y))
        found.append(within - 2.0 * _kernel(x, y).mean())
    error = float(np.std(found, ddof=1) / np.sqrt(subsets)) if subsets > 1 else 0.0
    return KernelDistance(float(np.mean(found)), error)


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    values: np.ndarray = (x @ y.T / x.shape[1] + 1.0) ** 3
    return values


def _off_diagonal(values: np.ndarray) -> float:
    size = len(values)
    return float((values.sum() - np.trace(values)) / (size * (size - 1)))
