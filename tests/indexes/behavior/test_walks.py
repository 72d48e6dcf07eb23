"""Tests the walks against their definitions on dense matrices."""

from __future__ import annotations

import numpy as np
import pytest

from indexes.behavior.walks import company, rp3beta
from tests.indexes.behavior.histories import drawn


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (0.5, 0.2), (0.4, 0.6)])
def test_links_are_three_steps_of_a_walk(alpha: float, beta: float) -> None:
    """W_ij = sum_u (r_ui / d_i)^alpha (r_uj / d_u)^alpha / d_j^beta, nothing linked to itself."""
    met = drawn(30, 12, seed=1)
    dense = met.toarray().astype(np.float64)
    people, items = dense.sum(axis=1), dense.sum(axis=0)
    walked = (dense / items).T ** alpha @ (dense / people[:, None]) ** alpha / items**beta
    np.fill_diagonal(walked, 0)
    np.testing.assert_allclose(rp3beta(met, alpha, beta, 100).toarray(), walked, rtol=1e-5)


def test_only_the_strongest_links_are_kept() -> None:
    """Each row keeps its largest entries."""
    met = drawn(30, 12, seed=2)
    whole, cut = rp3beta(met, 0.5, 0.2, 100).toarray(), rp3beta(met, 0.5, 0.2, 3).toarray()
    for row, few in zip(whole, cut, strict=True):
        assert sorted(few[few > 0]) == sorted(np.sort(row)[-3:])


def test_people_are_alike_by_what_few_met() -> None:
    """Likeness is sum_i a_i r_ui / sqrt(d_i d_u) for a rarity of one half."""
    met, asked = drawn(20, 10, seed=3), drawn(4, 10, seed=4)
    dense, question = met.toarray().astype(np.float64), asked.toarray().astype(np.float64)
    wanted = (question / np.sqrt(dense.sum(axis=0))) @ dense.T / np.sqrt(dense.sum(axis=1))
    np.testing.assert_allclose((asked @ company(met, 0.5)).toarray(), wanted, rtol=1e-5)
