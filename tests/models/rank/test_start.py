"""Boosting begins at the slope whose pairwise loss is lowest, and the file says where."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from models.rank.metrics import places_of
from models.rank.pairs import changes, pairs_of
from models.rank.start import Start, fit_start
from tests.models.rank.made import world
from tests.models.rank.test_metrics import lists_of

COLUMN = 3  # of no worth in the made world; column 0 is what is wanted


@pytest.mark.parametrize("column", [0, 1])
def test_the_slope_is_the_minimum_of_the_loss(column: int) -> None:
    """A search along the ray by another method ends at the same slope."""
    lists = world(80).truth()
    pairs, x = pairs_of(lists), lists.matrix[:, column].astype(np.float64)
    delta = changes(pairs, places_of(x, lists.owners))
    steps = x[pairs.better] - x[pairs.worse]
    best = minimize_scalar(lambda a: float(delta @ np.logaddexp(0.0, -a * steps)), (0.0, 1.0))
    assert fit_start(lists, pairs, column).slope == pytest.approx(best.x, rel=0.02)


def test_an_order_worse_than_chance_is_not_begun_from() -> None:
    """Turned around, what is wanted gives a slope of nothing; so does one value everywhere."""
    lists = world(80).truth()
    turned = lists.with_matrix(np.hstack([-lists.matrix, np.ones((len(lists.grades), 1), np.float32)]))
    assert fit_start(turned, pairs_of(lists), 0).slope == 0.0
    assert fit_start(turned, pairs_of(lists), 5).slope == 0.0


def test_an_order_without_a_mistake_has_a_finite_slope() -> None:
    """Where the loss falls for ever, the slope is bounded."""
    lists = lists_of([1, 0, 0], [1, 0])
    ordered = lists.with_matrix(np.array([[2], [1], [0], [5], [1]], np.float32))
    assert 0 < fit_start(ordered, pairs_of(lists), 0).slope < 100


def test_it_reads_back_and_refuses_other_files() -> None:
    """The bytes give the same start; another format, or no start at all, is named."""
    start = Start(COLUMN, 2.5, 0.25)
    assert Start.from_bytes(start.to_bytes()) == start
    assert start.scores(np.array([[0, 0, 0, 2]], np.float32)).tolist() == [5.0]
    with pytest.raises(ValueError, match="format 9"):
        Start.from_bytes(b'{"format": 9}')
    with pytest.raises(ValueError, match="no start"):
        Start.from_bytes(b'{"format": 1, "column": 1}')
