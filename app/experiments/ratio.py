"""Estimates a ratio of sums over units that are clusters: delta method, and CUPED where there is a past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sums:
    """One arm's units, each a cluster: numerators and denominators (n,), and those of before the start.

    A metric per search has the searches of a unit as its denominator, one per unit has ones. A unit
    that was not there before has zeros in `pre_numerators` and `pre_denominators`.
    """

    numerators: Floats
    denominators: Floats
    pre_numerators: Floats
    pre_denominators: Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, the variance of that mean, and the number of units behind it."""

    mean: float
    variance: float
    num_units: int


def estimate(sums: Sums) -> Estimate:
    """Return sum(y) / sum(n) with its variance by the delta method, units as clusters.

    With R the ratio and n̄ the mean denominator, z_i = (y_i - R n_i) / n̄ and var(R) = var(z) / N
    (Deng, Knoblich and Lu 2018, eq. 3, in its linearised form). A single unit has no variance: nan.
    """
    z = _linearised(sums.numerators, sums.denominators)
    return Estimate(_ratio(sums.numerators, sums.denominators), _variance_of_mean(z), len(z))


def adjusted(arms: Sequence[Sums]) -> list[Estimate] | None:
    """Return each arm's estimate less what its units' past predicts; None when the past says nothing.

    CUPED (Deng, Xu, Kohavi and Walker 2013, eq. 4) on the linearised metric: R - theta (x̄_arm - x̄),
    theta = cov(z, x) / var(x) within arms, where x is the same metric before the start, linearised
    with one ratio for all arms; a unit without a past has x = 0, the mean.
    """
    pasts = _pasts(arms)
    zs = [_linearised(arm.numerators, arm.denominators) for arm in arms]
    spread = sum(float(((x - x.mean()) ** 2).sum()) for x in pasts if len(x))
    if spread <= 0:
        return None
    pairs = zip(zs, pasts, strict=True)
    theta = sum(float(((x - x.mean()) * z).sum()) for z, x in pairs if len(x)) / spread
    centre = float(np.concatenate(pasts).mean())
    told = []
    for arm, z, x in zip(arms, zs, pasts, strict=True):
        mean = _ratio(arm.numerators, arm.denominators)
        shift = theta * (float(x.mean()) - centre) if len(x) else 0.0
        told.append(Estimate(mean - shift, _variance_of_mean(z - theta * x), len(z)))
    return told


def _pasts(arms: Sequence[Sums]) -> list[Floats]:
    numerators = np.concatenate([arm.pre_numerators for arm in arms])
    denominators = np.concatenate([arm.pre_denominators for arm in arms])
    past = _linearised(numerators, denominators)
    return np.split(past, np.cumsum([len(arm.numerators) for arm in arms])[:-1])


def _ratio(numerators: Floats, denominators: Floats) -> float:
    total = float(denominators.sum())
    return float(numerators.sum()) / total if total else 0.0


def _linearised(numerators: Floats, denominators: Floats) -> Floats:
    """Return z (n,), whose mean is 0 and whose variance is that of the ratio's influence."""
    total = float(denominators.sum())
    if not total:
        return np.zeros(len(numerators))
    z: Floats = (numerators - _ratio(numerators, denominators) * denominators) / (total / len(numerators))
    return z


def _variance_of_mean(z: Floats) -> float:
    return float(z.var(ddof=1)) / len(z) if len(z) > 1 else float("nan")
