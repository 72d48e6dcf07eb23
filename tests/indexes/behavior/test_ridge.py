"""Tests the regression of each item on its neighbours against a plain solution."""

from __future__ import annotations

import numpy as np

from indexes.behavior.ridge import ridge
from indexes.behavior.walks import rp3beta
from tests.indexes.behavior.histories import drawn, table


def test_with_all_items_near_it_is_a_ridge_regression_on_the_others() -> None:
    """Column j solves min |r_j - R w|^2 + damping |w|^2 over w with w_j = 0."""
    met = drawn(40, 8, seed=1, share=0.5)
    dense = met.toarray().astype(np.float64)
    links = rp3beta(met, 0.5, 0.2, 100)
    found = ridge(met, links, 7, damping=3.0).toarray()
    for item in range(8):
        others = [other for other in range(8) if other != item]
        left = dense[:, others]
        wanted = np.linalg.solve(left.T @ left + 3.0 * np.eye(7), left.T @ dense[:, item])
        np.testing.assert_allclose(found[others, item], wanted, rtol=1e-3, atol=1e-5)
        assert found[item, item] == 0


def test_items_without_links_are_foretold_by_nothing() -> None:
    """Where fewer items link than are looked for, the rest stays empty."""
    met = table([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    found = ridge(met, rp3beta(met, 0.5, 0.2, 10), 5, damping=1.0)
    assert found.toarray()[:, 2].tolist() == [0, 0, 0]
    assert found.toarray()[1, 0] > 0
