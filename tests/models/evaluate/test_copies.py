"""Copies: nearer to training than real pictures are."""

from __future__ import annotations

import numpy as np

from models.evaluate.copies import copy_rates, nearest_distances


def test_the_nearest_is_found() -> None:
    """Distances are those of the double loop."""
    random = np.random.default_rng(0)
    rows, trained = random.standard_normal((7, 3)), random.standard_normal((9, 3))
    wanted = [min(float(np.linalg.norm(row - other)) for other in trained) for row in rows]
    assert np.allclose(nearest_distances(rows, trained), wanted)


def test_copies_are_told_and_strangers_are_not() -> None:
    """Copies with a grain of noise count wholly, fresh pictures about as often as real ones do."""
    random = np.random.default_rng(0)
    trained, held, fresh = (random.standard_normal((n, 8)) for n in (2000, 800, 800))
    copies = trained[:300] + 1e-4 * random.standard_normal((300, 8))
    rate, floor = copy_rates(copies, held, trained)
    assert rate.value == 1.0
    assert floor.value < 0.04
    assert copy_rates(fresh, held, trained)[0].value < 0.04
