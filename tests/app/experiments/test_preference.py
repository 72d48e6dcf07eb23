"""Verdicts on interleaved lists."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from app.experiments.preference import always_sign_p, clopper_pearson, judge, sign_test


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (1, 0), (7, 3), (30, 12), (12, 30), (5, 5)])
def test_the_sign_test_and_its_interval_are_exact(wins: int, losses: int) -> None:
    """Both agree with scipy's exact binomial test."""
    if not wins + losses:
        assert sign_test(wins, losses) == 1.0
        assert clopper_pearson(wins, 0) == (0.0, 1.0)
        return
    exact = binomtest(wins, wins + losses)
    assert sign_test(wins, losses) == pytest.approx(exact.pvalue)
    interval = exact.proportion_ci(0.95, "exact")
    assert clopper_pearson(wins, wins + losses) == pytest.approx((interval.low, interval.high))


def test_searches_are_counted_and_units_vote() -> None:
    """One busy unit wins many searches but has one vote."""
    busy = [(0, 1)] * 20
    found = judge([busy, [(1, 0)], [(2, 1), (0, 0)], [(1, 1)]])
    assert (found.num_wins, found.num_losses, found.num_ties) == (20, 2, 2)
    assert found.share == pytest.approx(20 / 22)
    assert found.p_value == sign_test(1, 2)


def test_nothing_clicked_is_nothing_told() -> None:
    """Without a decided search there is no share, and every p is 1."""
    found = judge([[(0, 0)], []])
    assert found.share is None
    assert (found.p_value, found.always_p_value) == (1.0, 1.0)


def test_looking_after_every_search_stays_honest() -> None:
    """Fair coins seem bent at any of many looks in at most one run of twenty; a bent one is found soon."""
    rng = np.random.default_rng(8)

    def ever(chance: float, runs: int) -> float:
        heads = np.cumsum(rng.random((runs, 600)) < chance, axis=1)
        alarms = [
            any(always_sign_p(int(h), n - int(h)) < 0.05 for n, h in enumerate(run, 1) if n % 5 == 0)
            for run in heads
        ]
        return float(np.mean(alarms))

    assert ever(0.5, 200) <= 0.05
    assert ever(0.62, 30) > 0.9
