"""Two arms compared, once or again and again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ttest_ind

from app.experiments.comparing import ALPHA, MIN_UNITS, compare, mixing_variance
from app.experiments.ratio import Estimate
from tests.app.experiments.made import rejections

NUM_WORLDS = 300


def test_a_single_look_agrees_with_the_textbook() -> None:
    """With one search a unit the p-value is Welch's, as good as."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 1, 4_000), rng.normal(0.05, 1.5, 5_000)
    one, other = (Estimate(x.mean(), x.var(ddof=1) / len(x), len(x)) for x in (a, b))
    found = compare(one, other)
    assert found.p_value == pytest.approx(ttest_ind(b, a, equal_var=False).pvalue, rel=0.01)
    assert found.difference == pytest.approx(b.mean() - a.mean())


def test_interval_and_p_tell_the_same() -> None:
    """An interval excludes zero exactly when its p is below five per cent, for one look and for any."""
    for z in np.linspace(0, 8, 60):
        found = compare(Estimate(1.0, 0.02, 500), Estimate(1.0 + z * 0.2, 0.02, 500))
        assert (found.interval[0] > 0) == (found.p_value < ALPHA)
        assert (found.always_interval[0] > 0) == (found.always_p_value < ALPHA)


def test_the_mixture_ratio_is_the_integral_it_stands_for() -> None:
    """The always-valid p is one over the likelihood ratio averaged over normal effects (by quadrature)."""
    variance, size, difference = 0.003, 250.0, 0.22
    found = compare(Estimate(1.0, variance / 2, 500), Estimate(1.0 + difference, variance / 2, 500))
    tau = math.sqrt(mixing_variance(variance, size, ALPHA))
    effects = np.linspace(-12 * tau, 12 * tau, 200_001)
    density = np.exp(-(effects**2) / (2 * tau**2)) / (tau * math.sqrt(2 * math.pi))
    ratios = np.exp((2 * effects * difference - effects**2) / (2 * variance))
    ratio = np.trapezoid(density * ratios, effects)
    assert found.always_p_value == pytest.approx(1 / ratio, rel=1e-6)


def test_too_little_claims_nothing() -> None:
    """Below the least number of units, and without variance, every p is 1 and every interval everything."""
    small = Estimate(0.1, 0.0001, MIN_UNITS - 1)
    found = compare(small, Estimate(0.9, 0.0001, 10_000))
    assert found.always_p_value == 1.0
    assert found.always_interval == (-math.inf, math.inf)
    nothing = compare(Estimate(0.1, math.nan, 1), Estimate(0.9, math.nan, 1))
    assert nothing.p_value == 1.0
    assert nothing.lift is None


def test_the_lift_is_relative_to_the_control() -> None:
    """0.2 over 0.1 is a lift of 1, with the spread of a quotient; over nothing there is no lift."""
    found = compare(Estimate(0.1, 1e-5, 1_000), Estimate(0.2, 1e-5, 1_000))
    assert found.lift == pytest.approx(1.0)
    assert found.lift_interval is not None
    rng = np.random.default_rng(4)
    quotients = rng.normal(0.2, 1e-5**0.5, 100_000) / rng.normal(0.1, 1e-5**0.5, 100_000) - 1
    half = (found.lift_interval[1] - found.lift_interval[0]) / 2
    assert half == pytest.approx(1.96 * quotients.std(), rel=0.05)
    assert compare(Estimate(0.0, 1e-5, 100), Estimate(0.2, 1e-5, 100)).lift is None


def test_false_alarms_are_as_rare_as_claimed_even_under_peeking() -> None:
    """In worlds without an effect one planned look is wrong in five per cent of them.

    Looked at after every step, the plain p is wrong far more often; the always-valid one, plain or with
    the past taken out, at most in five per cent (bounds are three standard errors of this many worlds).
    """
    once, peeked, always, adjusted_always = rejections(0.0, 5, NUM_WORLDS)
    error = 3 * math.sqrt(ALPHA * (1 - ALPHA) / NUM_WORLDS)
    assert abs(once - ALPHA) < error
    assert peeked > 2 * ALPHA
    assert always < ALPHA + error
    assert adjusted_always < ALPHA + error


def test_a_true_lift_is_found() -> None:
    """A lift of a third is found at any time in most worlds, in more of them with the past taken out."""
    once, _, always, adjusted_always = rejections(0.33, 6, 100)
    assert once > 0.9
    assert always > 0.7
    assert adjusted_always > always
