"""Compares two estimates: the difference with its interval, and both for a look at any time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from app.experiments.ratio import Estimate

ALPHA = 0.05
MIN_UNITS = 50  # of each arm: below it the normal approximation says nothing at an arbitrary time
TUNED_UNITS = 1_000.0  # harmonic size at which the sequence of intervals is tightest

Interval = tuple[float, float]
EVERYTHING: Interval = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A treatment against a control: `difference` of the means, `lift` relative to the control.

    `interval` and `p_value` hold for one look at a size chosen beforehand. `always_interval` and
    `always_p_value` hold at every look, however often and whenever one stops.
    """

    difference: float
    interval: Interval
    p_value: float
    always_interval: Interval
    always_p_value: float
    lift: float | None
    lift_interval: Interval | None


def compare(control: Estimate, treatment: Estimate, alpha: float = ALPHA) -> Comparison:
    """Return how the treatment differs from the control; with too few units nothing is claimed."""
    difference = treatment.mean - control.mean
    variance = control.variance + treatment.variance
    if not variance > 0:
        return Comparison(difference, EVERYTHING, 1.0, EVERYTHING, 1.0, None, None)
    error = math.sqrt(variance)
    reach = -float(ndtri(alpha / 2)) * error
    p_value = 2 * float(ndtr(-abs(difference) / error))
    always_interval, always_p_value = EVERYTHING, 1.0
    if min(control.num_units, treatment.num_units) >= MIN_UNITS:
        size = 1 / (1 / control.num_units + 1 / treatment.num_units)
        width = _radius(variance, size, alpha)
        always_interval = (difference - width, difference + width)
        always_p_value = _always_p(difference, variance, size, alpha)
    lift, lift_interval = _lift(control, treatment, alpha)
    return Comparison(
        difference,
        (difference - reach, difference + reach),
        p_value,
        always_interval,
        always_p_value,
        lift,
        lift_interval,
    )


def mixing_variance(variance: float, size: float, alpha: float) -> float:
    """Return tau^2, the variance of the effects mixed over, for a difference of this variance.

    In units of the metric's own spread sigma^2 = variance * size it is a constant, so that it does not
    depend on when one looks: rho^2 = (-2 log alpha + log(1 - 2 log alpha)) / m, which makes the
    sequence tightest at m = TUNED_UNITS (Waudby-Smith et al. 2024, appendix B.2).
    """
    logs = -2 * math.log(alpha)
    return variance * size * (logs + math.log(1 + logs)) / TUNED_UNITS


def _always_p(difference: float, variance: float, size: float, alpha: float) -> float:
    """Return 1 / Lambda of the mixture sequential probability ratio test, at most 1.

    Lambda = sqrt(V / (V + tau^2)) exp(tau^2 d^2 / (2 V (V + tau^2))) with a normal mixture (Johari,
    Pekelis and Walsh 2017, eq. 8). Under no effect it is a martingale of mean 1, so that by Ville's
    inequality it ever exceeds 1 / alpha with a chance of at most alpha.
    """
    tau2 = mixing_variance(variance, size, alpha)
    log_ratio = 0.5 * math.log(variance / (variance + tau2))
    log_ratio += tau2 * difference**2 / (2 * variance * (variance + tau2))
    return math.exp(-max(log_ratio, 0.0))


def _radius(variance: float, size: float, alpha: float) -> float:
    """Return the half width of the confidence sequence: the differences that the test above keeps."""
    tau2 = mixing_variance(variance, size, alpha)
    logs = math.log((variance + tau2) / variance) - 2 * math.log(alpha)
    return math.sqrt(variance * (variance + tau2) / tau2 * logs)


def _lift(control: Estimate, treatment: Estimate, alpha: float) -> tuple[float | None, Interval | None]:
    """Return treatment / control - 1 and its interval by the delta method for a quotient."""
    if control.mean <= 0:
        return None, None
    quotient = treatment.mean / control.mean
    variance = (treatment.variance + quotient**2 * control.variance) / control.mean**2
    reach = -float(ndtri(alpha / 2)) * math.sqrt(variance)
    return quotient - 1, (quotient - 1 - reach, quotient - 1 + reach)
