"""Which pictures a training row is shown: others whose names are near, never itself."""

from __future__ import annotations

import numpy as np

from models.train.neighbours import Neighbours


def unit(*angles: float) -> np.ndarray:
    """Return unit vectors at these angles, in degrees."""
    turned = np.radians(angles)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def test_the_nearest_others_are_found_and_never_the_row_itself() -> None:
    """Of 0, 10, 25, 90 degrees, nearest first, with their cosines."""
    found = Neighbours.of(unit(0, 10, 25, 90), 2, seed=1)
    assert found.near.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    np.testing.assert_allclose(found.cosines[0], np.cos(np.radians([10, 25])), atol=1e-6)


def test_equals_are_found_in_an_order_that_the_seed_decides() -> None:
    """Many of one name: another seed finds others, the same seed the same."""
    vectors = unit(*([30] * 40))
    first, again, other = (Neighbours.of(vectors, 3, seed).near for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_is_too_far_is_not_picked() -> None:
    """A pick is among the nearest and has the cosine that is asked for, or is -1."""
    found = Neighbours.of(unit(0, 10, 20, 85), 3, seed=1)
    rows = np.tile(np.arange(4), 50)
    picked = found.pick(rows, 2, 0.9, np.random.default_rng(0))
    assert set(picked[rows == 3].ravel()) == {-1}
    assert set(picked[rows == 0].ravel()) == {-1, 1, 2}
    assert all(row not in chosen for row, chosen in zip(rows, picked.tolist(), strict=True))
