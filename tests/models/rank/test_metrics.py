"""nDCG equals its definition, and intervals cover."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from models.rank.lists import Lists
from models.rank.metrics import interval, ndcg, places_of, spearman, weighted_ndcg


def lists_of(*grades: list[float], weights: list[float] | None = None) -> Lists:
    """Return lists with these grades and no columns."""
    sizes = [len(one) for one in grades]
    rows = sum(sizes)
    return Lists(
        matrix=np.empty((rows, 0), np.float32),
        grades=np.concatenate([np.array(one, float) for one in grades]),
        weights=np.ones(rows) if weights is None else np.array(weights),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
        moments=np.zeros(len(sizes)),
        fused=np.zeros(rows),
    )


def test_ndcg_is_the_definition() -> None:
    """Gain 2^g - 1 over log2(place + 1), over that of the best order; a list without grades is left out."""
    lists = lists_of([0, 2, 1], [0, 0], [1, 0])
    scores = np.array([3.0, 2.0, 1.0, 1.0, 2.0, 0.0, 5.0])
    dcg = 3 / np.log2(3) + 1 / np.log2(4)
    best = 3 / np.log2(2) + 1 / np.log2(3)
    assert ndcg(lists, scores) == pytest.approx([dcg / best, 1 / np.log2(3)])


def test_weights_count_a_click_at_a_place_seldom_looked_at_more() -> None:
    """With inverse propensities the order that puts the rare click first is the best one."""
    lists = lists_of([1, 1], weights=[1.0, 4.0])
    assert ndcg(lists, np.array([0.0, 1.0])) == pytest.approx([1.0])
    assert ndcg(lists, np.array([1.0, 0.0])) < 1.0


def test_over_all_lists_the_weight_of_an_only_click_does_not_cancel() -> None:
    """A list whose one click weighs four counts four times; with weights of 1 it is the mean over lists."""
    scores = np.array([2.0, 1.0, 1.0, 2.0, 1.0, 2.0])
    plain = lists_of([1, 0], [1, 0], [0, 0])
    assert weighted_ndcg(plain, scores) == pytest.approx(ndcg(plain, scores).mean())
    weighted = lists_of([1, 0], [1, 0], [0, 0], weights=[1.0, 1.0, 4.0, 1.0, 1.0, 1.0])
    assert ndcg(weighted, scores).mean() == pytest.approx(ndcg(plain, scores).mean())
    assert weighted_ndcg(weighted, scores) == pytest.approx((1 + 4 / np.log2(3)) / 5)
    assert weighted_ndcg(lists_of([0, 0]), np.zeros(2)) == 0.0


def test_only_the_first_ten_places_count() -> None:
    """An eleventh place is worth nothing."""
    lists = lists_of([0.0] * 10 + [1.0])
    assert ndcg(lists, -np.arange(11.0)) == pytest.approx([0.0])


def test_places_are_counted_within_lists_and_ties_keep_the_order() -> None:
    """Equal scores keep the order that was shown."""
    places = places_of(np.array([1.0, 1.0, 2.0, 0.0, 5.0]), np.array([0, 0, 0, 1, 1]))
    assert places.tolist() == [1, 2, 0, 1, 0]


def test_intervals_cover_the_true_mean_about_as_often_as_they_say() -> None:
    """Of 150 samples of a known mean at least 90 % have it in their interval of 95 %."""
    rng = np.random.default_rng(1)
    samples = [interval(rng.exponential(size=60), seed, 150) for seed in range(150)]
    assert np.mean([one.low <= 1.0 <= one.high for one in samples]) >= 0.9
    assert interval(np.full(20, 0.5), 0).excludes_zero
    assert not interval(np.array([-1.0, 1.0] * 20), 0).excludes_zero


def test_rank_correlation_is_scipys_with_ties_and_settled_where_there_is_none() -> None:
    """Equal scores share a rank; where neither tells rows apart they agree."""
    random = np.random.default_rng(3)
    for _ in range(30):
        one, other = (random.integers(0, 6, 12).astype(float) for _ in range(2))
        assert spearman(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert spearman(np.ones(4), np.full(4, 2.0)) == 1.0
    assert spearman(np.ones(4), np.arange(4.0)) == 0.0
    assert spearman(np.ones(1), np.zeros(1)) == spearman(np.zeros(0), np.zeros(0)) == 1.0
    assert spearman(np.array([1.0, 1.0 + 1e-12, 2.0]), np.array([1.0, 1.0, 2.0])) == 1.0
