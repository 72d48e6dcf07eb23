"""LambdaRank's gradients are those of its loss, over the pairs that anybody sees."""

from __future__ import annotations

import numpy as np
import pytest

from models.rank.metrics import discounts, places_of
from models.rank.pairs import FIRST, changes, lambdas, pairs_of
from tests.models.rank.test_metrics import lists_of


def test_pairs_are_those_of_different_grades_in_one_list() -> None:
    """Every better row meets every worse row of its list, and no other; gains follow the grades."""
    lists = lists_of([0, 2, 1], [1, 0, 0])
    pairs = pairs_of(lists)
    met = set(zip(pairs.better.tolist(), pairs.worse.tolist(), strict=True))
    assert met == {(1, 0), (1, 2), (2, 0), (3, 4), (3, 5)}
    best = 3.0 + 1.0 / np.log2(3)
    assert pairs.gain[0] == pytest.approx(3.0 / best)


def test_gradients_are_the_slope_of_the_pairwise_loss() -> None:
    """With the change of nDCG held, moving a score changes sum(delta log(1 + e^-s)) by its gradient."""
    lists = lists_of([0, 2, 1, 0], [1, 0, 0], weights=[1, 2, 1, 1, 3, 1, 1])
    rng = np.random.default_rng(0)
    scores, pairs = rng.normal(size=7), pairs_of(lists)
    found = discounts(places_of(scores, lists.owners), 4)
    delta = pairs.gain * np.abs(found[pairs.better] - found[pairs.worse])

    def loss(at: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
        return float((delta * np.log1p(np.exp(at[pairs.worse] - at[pairs.better]))).sum())

    gradient, curvature = lambdas(pairs, scores, lists.owners)
    for row in range(7):
        step = np.zeros(7)
        step[row] = 1e-4
        slope = (loss(scores + step) - loss(scores - step)) / 2e-4
        bend = (loss(scores + step) - 2 * loss(scores) + loss(scores - step)) / 1e-8
        assert gradient[row] == pytest.approx(slope, abs=1e-7)
        assert curvature[row] == pytest.approx(max(bend, 1e-9), abs=1e-5)


def test_rows_far_down_pull_nobody() -> None:
    """A pair counts while one of its rows is among the first; both far down, neither is moved."""
    grades = [0.0] * (FIRST + 4)
    grades[FIRST + 1] = 1.0
    lists = lists_of(grades)
    scores = -np.arange(len(grades), dtype=np.float64)
    gradient, _ = lambdas(pairs_of(lists), scores, lists.owners)
    assert (gradient[:FIRST] > 0).all()
    assert gradient[FIRST + 1] < 0
    assert (gradient[[FIRST, FIRST + 2, FIRST + 3]] == 0).all()


def test_a_change_of_places_is_worth_what_ndcg_says() -> None:
    """Putting the only wanted row from the second place to the first gives 1 - 1 / log2(3)."""
    lists = lists_of([0, 1])
    assert changes(pairs_of(lists), np.array([0, 1])) == pytest.approx([1 - 1 / np.log2(3)])
