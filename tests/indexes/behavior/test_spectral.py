"""Tests the low-pass filter against a full decomposition."""

from __future__ import annotations

import numpy as np

from indexes.behavior.spectral import low_pass
from tests.indexes.behavior.histories import drawn


def test_the_filter_keeps_the_slowest_waves() -> None:
    """With damping 1/2 it is r D^-1/2 V V^T D^1/2 of GF-CF, V the leading right singular vectors."""
    met = drawn(40, 15, seed=5)
    dense = met.toarray().astype(np.float64)
    people, items = dense.sum(axis=1), dense.sum(axis=0)
    even = dense / np.sqrt(people)[:, None] / np.sqrt(items)
    waves = np.linalg.svd(even)[2][:4].T
    wanted = dense / np.sqrt(items) @ waves @ waves.T * np.sqrt(items)
    found = low_pass(met, 4, seed=0, damped=0.5, rounds=20)
    np.testing.assert_allclose(found.waves(met) @ found.out.T, wanted, atol=1e-3)


def test_the_seed_decides_and_a_rank_beyond_the_table_is_cut() -> None:
    """Equal seeds give equal numbers; a filter has no more waves than there are items."""
    met = drawn(10, 6, seed=6)
    one, other = (low_pass(met, 50, seed=1) for _ in range(2))
    assert one.into.shape == (6, 6)
    assert np.array_equal(one.into, other.into)
