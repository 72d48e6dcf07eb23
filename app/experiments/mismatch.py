"""Sounds the alarm when arms did not get the units they were to get (sample-ratio mismatch)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import chdtrc

if TYPE_CHECKING:
    from collections.abc import Sequence

ALARM_P = 0.001  # Fabijan et al. 2019: a real fault drives p far below it, chance hardly ever


@dataclass(frozen=True, slots=True)
class RatioCheck:
    """Whether the arms' sizes agree with their weights: the chi-square test's p, and the alarm."""

    p_value: float
    is_alarm: bool


def check_ratio(sizes: Sequence[int], weights: Sequence[float]) -> RatioCheck:
    """Return Pearson's chi-square test of the sizes against the weights; an arm of weight 0 must be empty."""
    total, weight = sum(sizes), sum(weights)
    if any(size > 0 and share == 0 for size, share in zip(sizes, weights, strict=True)):
        return RatioCheck(0.0, is_alarm=True)
    expected = [(size, total * share / weight) for size, share in zip(sizes, weights, strict=True) if share]
    if total == 0 or len(expected) < 2:
        return RatioCheck(1.0, is_alarm=False)
    statistic = sum((size - wanted) ** 2 / wanted for size, wanted in expected)
    p_value = float(chdtrc(len(expected) - 1, statistic))
    return RatioCheck(p_value, p_value < ALARM_P)
