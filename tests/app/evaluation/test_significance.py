"""Paired comparisons."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import permutation_test, ttest_rel

from app.evaluation.significance import compare_paired


def test_it_agrees_with_an_independent_randomisation_test() -> None:
    """On paired scores the p is that of scipy's permutation test, the interval about that of a t-test."""
    rng = np.random.default_rng(1)
    old = rng.beta(2, 3, 60)
    new = np.clip(old + rng.normal(0.03, 0.1, 60), 0, 1)
    found = compare_paired(new, old, np.random.default_rng(2))
    exact = permutation_test(
        (new, old), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=9_999, rng=3
    )
    assert found.p_value == pytest.approx(exact.pvalue, abs=0.015)
    assert found.difference == pytest.approx((new - old).mean())
    interval = ttest_rel(new, old).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.006)


def test_few_queries_are_told_exactly() -> None:
    """Three gains alike: two of eight sign patterns are as extreme, a p of a quarter."""
    found = compare_paired(np.ones(3), np.zeros(3), np.random.default_rng(1))
    assert found.p_value == pytest.approx(0.25, abs=0.02)
    assert (found.low, found.high) == (1.0, 1.0)


def test_no_difference_is_no_evidence() -> None:
    """Equal scores have a p of 1, and chance rejects in about one case of twenty."""
    same = np.linspace(0, 1, 20)
    assert compare_paired(same, same, np.random.default_rng(1)).p_value == 1.0
    rng = np.random.default_rng(4)
    rejected = [
        compare_paired(rng.normal(0, 1, 25), np.zeros(25), np.random.default_rng(i)).p_value < 0.05
        for i in range(60)
    ]
    assert np.mean(rejected) < 0.15
