"""Distances between sets, against closed forms of Gaussians and other ways to compute them."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluate.distances import frechet, kernel_distance


def _rows(count: int, mean: float = 0.0, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    return mean + scale * np.random.default_rng(seed).standard_normal((count, 4))


def test_the_frechet_distance_of_round_gaussians_is_closed() -> None:
    """N(0, 1) and N(m, s^2) in d dimensions are d m^2 + d (s - 1)^2 apart."""
    found = frechet(_rows(40_000), _rows(40_000, 2.0, 3.0, seed=1))
    assert found == pytest.approx(4 * 4.0 + 4 * 4.0, rel=0.02)


def test_the_frechet_distance_is_that_of_whitened_coordinates() -> None:
    """Turned coordinates change nothing, the order of the sets neither, and a set is nothing from itself."""
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((4, 4)))[0]
    first, second = _rows(500), _rows(500, 0.5, 2.0, seed=1)
    assert frechet(first @ turn, second @ turn) == pytest.approx(frechet(first, second))
    assert frechet(second, first) == pytest.approx(frechet(first, second))
    assert frechet(first, first) == pytest.approx(0.0, abs=1e-6)


def test_the_kernel_distance_has_no_bias() -> None:
    """Two sets of one kind are zero apart within four standard errors; others are far apart."""
    same = kernel_distance(_rows(4000), _rows(4000, seed=1), subsets=30, size=300)
    assert abs(same.mean) < 4 * same.error
    other = kernel_distance(_rows(4000), _rows(4000, 1.0, seed=1), subsets=10, size=300)
    assert other.mean > 20 * other.error


def test_the_kernel_distance_is_the_double_sum() -> None:
    """With whole sets as subsets it is the estimator written out pair by pair."""
    x, y = _rows(12), _rows(12, 0.3, seed=1)
    kernel = [[(a @ b / 4 + 1) ** 3 for b in np.concatenate([x, y])] for a in np.concatenate([x, y])]
    within = sum(kernel[i][j] + kernel[12 + i][12 + j] for i in range(12) for j in range(12) if i != j)
    across = sum(kernel[i][12 + j] for i in range(12) for j in range(12))
    found = kernel_distance(x, y, subsets=1, size=12)
    assert found.mean == pytest.approx(within / 132 - 2 * across / 144)
