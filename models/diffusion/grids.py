"""Chooses the noise levels a sampler visits: decreasing, in units of the latents' unit variance."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from models.exported import exported, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# num + 1 strictly decreasing noise levels; the last one is 0.
Grid: TypeAlias = tuple[float, ...]


class Spacing(Protocol):
    """A way to place `num` levels from sigma_max down to (about) sigma_min, then 0."""

    def __call__(self, num: int, sigma_min: float, sigma_max: float) -> Grid: ...


def spacing(name: str) -> Spacing:
    """Return the exported spacing of that name. Raises UnknownNameError."""
    return cast("Spacing", find("grids", name))


@exported("grids", "karras")
def karras(num: int, sigma_min: float, sigma_max: float, rho: float = 7.0) -> Grid:
    """Levels uniform in sigma^(1/rho), dense where the picture's detail is decided.

    Karras et al. 2022, eq. 5. Raises ValueError unless num >= 1 and 0 < sigma_min < sigma_max.
    """
    high, low = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    return _levels((high + u * (low - high)) ** rho for u in _fractions(num, sigma_min, sigma_max))


@exported("grids", "exponential")
def exponential(num: int, sigma_min: float, sigma_max: float) -> Grid:
    """Levels uniform in log sigma, the natural time of exponential integrators.

    The "uniform logSNR" steps of Lu et al. 2022 (DPM-Solver). Raises ValueError like `karras`.
    """
    ratio = sigma_min / sigma_max
    return _levels(sigma_max * ratio**u for u in _fractions(num, sigma_min, sigma_max))


@exported("grids", "trailing")
def trailing(num: int, sigma_min: float, sigma_max: float) -> Grid:
    """Levels uniform in the angle arctan sigma, counted back from sigma_max in equal steps.

    On the path x = cos(t)·clean + sin(t)·noise the time is t = arctan(sigma). Of the num + 1 ends of
    num equal steps the noisiest is kept and the cleanest is left out, as in Lin et al. 2024, table 2:
    the last level before 0 lies one step above sigma_min. Raises ValueError like `karras`.
    """
    _fractions(num, sigma_min, sigma_max)
    high, low = math.atan(sigma_max), math.atan(sigma_min)
    return _levels((sigma_max, *(math.tan(high + i / num * (low - high)) for i in range(1, num))))


@exported("grids", "betas")
def betas(num: int, sigma_min: float, sigma_max: float) -> Grid:
    """Levels uniform in the time of the variance-preserving process with linear beta(t).

    Its two coefficients are those with which sigma(epsilon) = sigma_min and sigma(1) = sigma_max for
    epsilon = 1e-3. Karras et al. 2022, table 1 (VP column). Raises ValueError like `karras`.
    """
    fractions = _fractions(num, sigma_min, sigma_max)
    epsilon = 1e-3
    low, high = math.log1p(sigma_min**2), math.log1p(sigma_max**2)
    slope = 2 * (low / epsilon - high) / (epsilon - 1)
    floor = high - slope / 2
    times = (1 + u * (epsilon - 1) for u in fractions)
    return _levels(math.sqrt(math.expm1(slope * t * t / 2 + floor * t)) for t in times)


def ladder(variances: Sequence[float]) -> tuple[float, ...]:
    """Turn the betas of a discrete-time model into its noise levels, increasing.

    sigma_t^2 = (1 - abar_t) / abar_t with abar_t the product of 1 - beta (Ho et al. 2020, eq. 4).
    """
    levels, abar = [], 1.0
    for beta in variances:
        abar *= 1 - beta
        levels.append(math.sqrt((1 - abar) / abar))
    return tuple(levels)


def trailing_of(levels: Sequence[float], num: int) -> Grid:
    """Pick `num` levels of a discrete-time model's ladder, the noisiest first and always included.

    Lin et al. 2024, table 2 ("trailing"). Raises ValueError unless 1 <= num <= len(levels).
    """
    total = len(levels)
    if not 1 <= num <= total:
        raise ValueError(f"cannot pick {num} of {total} levels")
    return _levels(levels[round(total - i * total / num) - 1] for i in range(num))


def tail(grid: Sequence[float], sigma: float) -> Grid:
    """Keep the part of a grid that starts at its highest level not above `sigma`.

    What is re-noised to the first level of the result needs only the rest of the way. The last
    positive level is always kept, so at least one step remains.
    """
    below = [level for level in grid if 0 < level <= sigma]
    return (*(below or grid[-2:-1]), 0.0)


def checked(grid: Sequence[float]) -> Grid:
    """Return the grid as a tuple. Raises ValueError unless it decreases strictly from a finite level to 0."""
    levels = tuple(float(level) for level in grid)
    falls = all(high > low for high, low in pairwise(levels))
    if len(levels) < 2 or levels[-1] != 0.0 or not falls or not math.isfinite(levels[0]):
        raise ValueError(f"a grid decreases strictly from a finite level to 0, not {levels}")
    return levels


def _levels(positive: Iterable[float]) -> Grid:
    return checked((*positive, 0.0))


def _fractions(num: int, sigma_min: float, sigma_max: float) -> tuple[float, ...]:
    if num < 1 or not 0 < sigma_min < sigma_max < math.inf:
        raise ValueError(f"need num >= 1 and 0 < sigma_min < sigma_max, not {num}, {sigma_min}, {sigma_max}")
    return tuple(i / max(num - 1, 1) for i in range(num))
