"""Tests the measures of relevance against values worked out by hand."""

from __future__ import annotations

from math import log2

import pytest

from app.evaluation.relevance import Quality, average_precision, ndcg, recall, reciprocal_rank

GRADES = {"a": 3, "b": 2, "c": 0, "d": 1}


def test_ndcg_is_discounted_gain_over_the_best_order() -> None:
    """d, a, c, b gains 1 + 3/log2(3) + 0 + 2/log2(5) of 3 + 2/log2(3) + 1/2."""
    got = 1 + 3 / log2(3) + 2 / log2(5)
    best = 3 + 2 / log2(3) + 1 / 2
    assert ndcg(["d", "a", "c", "b"], GRADES) == pytest.approx(got / best)
    assert ndcg(["a", "b", "d"], GRADES) == pytest.approx(1.0)


def test_ndcg_sees_only_its_depth() -> None:
    """At depth 1 the best order gains 3, and what stands second gains nothing."""
    assert ndcg(["b", "a"], GRADES, depth=1) == pytest.approx(2 / 3)
    assert ndcg(["x"] * 10 + ["a"], GRADES) == 0.0


def test_average_precision_counts_what_was_not_found() -> None:
    """Relevant at ranks 1 and 3 of three relevant ones: (1/1 + 2/3 + 0) / 3."""
    assert average_precision(["a", "x", "b"], GRADES) == pytest.approx((1 + 2 / 3) / 3)
    assert average_precision(["x", "y"], GRADES) == 0.0


def test_recall_is_the_share_found() -> None:
    """Two of three relevant ones within the depth; a grade of 0 is not relevant."""
    assert recall(["a", "c", "d"], GRADES) == pytest.approx(2 / 3)
    assert recall(["x", "a"], GRADES, depth=1) == 0.0


def test_the_reciprocal_rank_is_that_of_the_first_relevant() -> None:
    """Second place is a half, whatever follows; nothing relevant is 0."""
    assert reciprocal_rank(["c", "d", "a"], GRADES) == 0.5
    assert reciprocal_rank(["c"], GRADES) == 0.0


def test_nothing_relevant_scores_nothing() -> None:
    """Without judgements every measure is 0, and none divides by it."""
    assert (ndcg(["a"], {}), average_precision(["a"], {}), recall(["a"], {"a": 0})) == (0.0, 0.0, 0.0)


def test_quality_is_the_mean_over_judged_queries() -> None:
    """A perfect and an empty list average one half; an unjudged query does not count; repeats count once."""
    runs = {"q1": ["a", "a", "x"], "q2": [], "q3": ["a"]}
    quality = Quality.of(runs, {"q1": {"a": 1}, "q2": {"a": 1}})
    assert quality == Quality(0.5, 0.5, 0.5, 0.5, 0.5, 2)
    with pytest.raises(ValueError, match="judged"):
        Quality.of({"q3": ["a"]}, {})
