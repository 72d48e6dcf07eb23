"""Position bias is found in clicks alone."""

from __future__ import annotations

import numpy as np

from models.rank.clicks import LEAST_PROPENSITY, ClickModel, estimate
from tests.models.rank.made import world


def test_the_chance_to_be_looked_at_is_recovered() -> None:
    """On 2 500 lists the estimate is within 0.1 of the truth that clicks were drawn with, at every place."""
    made = world(2_500, seed=3)
    told = estimate(made.lists.grades > 0, made.positions, made.lists.matrix, 12, seed=0)
    assert np.abs(told.propensities - made.looked).max() < 0.1
    assert told.num_shown == 2_500 * 12


def test_without_position_bias_none_is_found() -> None:
    """Where every place is looked at, every propensity is close to 1, not what a prior would say."""
    made = world(2_500, seed=4, slope=0.0)
    told = estimate(made.lists.grades > 0, made.positions, made.lists.matrix, 12, seed=0)
    assert told.propensities.min() > 0.75


def test_nothing_clicked_says_nothing() -> None:
    """Without a click every place counts the same."""
    told = estimate(np.zeros(20, bool), np.tile(np.arange(1, 11), 2), np.zeros((20, 1), np.float32), 10, 0)
    assert told.propensities.tolist() == [1.0] * 10


def test_weights_are_bounded_and_later_places_count_as_the_last() -> None:
    """A click is never worth more than the least propensity allows."""
    model = ClickModel(np.array([1.0, 0.5, 0.001]), 3)
    assert model.weights(np.array([1, 2, 3, 9])).tolist() == [1.0, 2.0, 1 / LEAST_PROPENSITY, 20.0]
