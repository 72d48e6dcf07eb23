"""Tests the mean of what somebody liked."""

from __future__ import annotations

import numpy as np

from indexes.behavior.activity import Past
from indexes.profile.affinities import HALF_LIFE_S
from indexes.profile.taste import taste

WEIGHTS = {"click": 1.0, "like": 3.0, "hide": -3.0}
VECTORS = {"a": np.array([1, 0], np.float32), "b": np.array([0, 1], np.float32)}


def test_newer_and_weightier_acts_pull_more() -> None:
    """The mean is weighted by kind and age and has unit length; dislikes and unknown items do not enter."""
    acts = [
        Past("a", "click", 0.0, None, 1),
        Past("b", "like", -HALF_LIFE_S, None, 2),
        Past("b", "hide", 0.0, None, 3),
        Past("gone", "like", 0.0, None, 4),
    ]
    found = taste(acts, VECTORS.get, WEIGHTS, 0.0)
    assert found is not None
    np.testing.assert_allclose(found, np.array([1, 1.5]) / np.hypot(1, 1.5), rtol=1e-6)


def test_who_liked_nothing_has_no_taste() -> None:
    """Without vectors there is nothing to mean, nor where they cancel out."""
    assert taste([Past("gone", "like", 0.0, None, 1)], VECTORS.get, WEIGHTS, 0.0) is None
    zero = {"z": np.zeros(2, np.float32)}
    assert taste([Past("z", "like", 0.0, None, 1)], zero.get, WEIGHTS, 0.0) is None
