"""Arms that did not get the units they were to get."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from app.experiments.mismatch import ALARM_P, check_ratio


def test_it_is_the_chi_square_test() -> None:
    """The p-value is scipy's own, for two arms and for three of other weights."""
    assert check_ratio([480, 520], [1, 1]).p_value == pytest.approx(chisquare([480, 520]).pvalue)
    expected = [250.0, 250.0, 500.0]
    assert check_ratio([230, 250, 520], [1, 1, 2]).p_value == pytest.approx(
        chisquare([230, 250, 520], expected).pvalue
    )


def test_the_alarm_sounds_when_it_must() -> None:
    """Three per cent of one arm's units lost among a hundred thousand is heard; a resting arm's unit too."""
    assert check_ratio([50_000, 48_500], [1, 1]).is_alarm
    assert check_ratio([100, 1], [1, 0]).is_alarm
    assert not check_ratio([50_000, 50_300], [1, 1]).is_alarm
    assert not check_ratio([0, 0], [1, 1]).is_alarm
    assert not check_ratio([10, 0], [1, 0]).is_alarm


def test_the_alarm_is_silent_by_chance() -> None:
    """Fair draws sound it about once in a thousand."""
    rng = np.random.default_rng(7)
    draws = rng.binomial(2_000, 0.5, 20_000)
    alarms = sum(check_ratio([int(n), 2_000 - int(n)], [1, 1]).is_alarm for n in draws)
    assert alarms < 20_000 * ALARM_P * 2
