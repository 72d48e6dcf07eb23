"""Estimates of ratios with units as clusters."""

from __future__ import annotations

import numpy as np
import pytest

from app.experiments.ratio import Sums, adjusted, estimate
from tests.app.experiments.made import People


def sums(numerators: list[float], denominators: list[float], pre: list[float] | None = None) -> Sums:
    """Return sums of one arm; `pre` are numerators of as many searches before."""
    past = np.array(pre or [0.0] * len(numerators))
    return Sums(np.array(numerators), np.array(denominators), past, np.array(denominators) * (past.any()))


def test_one_search_a_unit_is_the_plain_mean() -> None:
    """With denominators of one the delta method is the variance of a mean."""
    values = [0.0, 1.0, 1.0, 0.0, 1.0]
    found = estimate(sums(values, [1.0] * 5))
    assert found.mean == pytest.approx(0.6)
    assert found.variance == pytest.approx(np.var(values, ddof=1) / 5)
    assert found.num_units == 5


def test_the_variance_is_that_of_repeated_worlds() -> None:
    """Over four hundred worlds of users with habits the ratio's variance is what one world tells of it.

    Counting every search as independent would tell less than two thirds of it.
    """
    rng = np.random.default_rng(1)
    means, told, naive = [], [], []
    for _ in range(400):
        arm = People(rng, 400).look()[0]
        found = estimate(arm)
        means.append(found.mean)
        told.append(found.variance)
        naive.append(found.mean * (1 - found.mean) / arm.denominators.sum())
    true = np.var(means)
    assert np.mean(told) == pytest.approx(true, rel=0.2)
    assert np.mean(naive) < true


def test_a_single_unit_has_no_variance() -> None:
    """Nothing can be said of how a single unit varies, and nothing at all of none."""
    assert np.isnan(estimate(sums([1.0], [2.0])).variance)
    assert estimate(sums([], [])).num_units == 0


def test_a_past_that_repeats_itself_explains_everything() -> None:
    """When every unit does exactly what it did before, the adjusted arms are equal and without variance."""
    now = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    arms = [sums(now[:3], [1.0] * 3, now[:3]), sums(now[3:], [1.0] * 3, now[3:])]
    found = adjusted(arms)
    assert found is not None
    assert found[0].mean == pytest.approx(found[1].mean)
    assert found[0].variance == pytest.approx(0, abs=1e-12)


def test_without_a_past_nothing_is_adjusted() -> None:
    """No unit was there before: None."""
    assert adjusted([sums([1.0, 0.0], [1.0, 1.0]), sums([0.0, 1.0], [1.0, 1.0])]) is None


def test_the_past_takes_variance_out_and_no_effect() -> None:
    """Over worlds with a lift of a fifth, the adjusted difference has the same mean and less variance."""
    rng = np.random.default_rng(2)
    plain, better = [], []
    for _ in range(200):
        people = People(rng, 600, lift=0.2)
        for _ in range(8):
            arms = people.look()
        raw, cuped = [estimate(arm) for arm in arms], adjusted(arms)
        assert cuped is not None
        plain.append(raw[1].mean - raw[0].mean)
        better.append(cuped[1].mean - cuped[0].mean)
    assert np.mean(better) == pytest.approx(np.mean(plain), abs=0.005)
    assert np.var(better) < 0.75 * np.var(plain)
