"""Compiles each sampler of the field, for a grid of noise levels, into its table of weights.

Everywhere x = clean + sigma·noise. A sampler written for another scale (DDIM, DPM-Solver++ and UniPC
are usually given for the variance-preserving one) is the same map after dividing by alpha.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, cast

from models.diffusion.grids import Grid, checked
from models.diffusion.tables import Row, Table
from models.exported import exported, find

if TYPE_CHECKING:
    from collections.abc import Iterable


FEW = "few"
FEW_STEPS = (1, 2, 4)  # evaluations that a few-step network is trained for


class Sampler(Protocol):
    """Numbers in, numbers out: a grid (decreasing, ending in 0) becomes a table.

    Every sampler raises ValueError when the grid is not one (`grids.checked`).
    """

    def __call__(self, grid: Grid) -> Table: ...


def sampler(name: str) -> Sampler:
    """Return the exported sampler of that name. Raises UnknownNameError."""
    return cast("Sampler", find("samplers", name))


@exported("samplers", "euler")
def euler(grid: Grid) -> Table:
    """First-order steps along the probability-flow ODE, one evaluation each.

    Karras et al. 2022, algorithm 1 without lines 6-8.
    """
    return _table(_blend(sigma, target) for sigma, target in pairwise(checked(grid)))


@exported("samplers", "heun")
def heun(grid: Grid) -> Table:
    """Second-order steps along the probability-flow ODE, two evaluations each and one for the last.

    Karras et al. 2022, algorithm 1.
    """
    return _table(row for sigma, target in pairwise(checked(grid)) for row in _heun_step(sigma, target))


@exported("samplers", "edm_churn")
def edm_churn(
    grid: Grid, churn: float = 40.0, low: float = 0.05, high: float = 50.0, s_noise: float = 1.003
) -> Table:
    """Heun steps that first raise the noise a little where low <= sigma <= high.

    Karras et al. 2022, algorithm 2 with S_churn, S_tmin, S_tmax, S_noise; defaults of table 5 (ImageNet-64).
    """
    levels = checked(grid)
    most = min(churn / (len(levels) - 1), math.sqrt(2) - 1)
    raised = [sigma * (1 + most) if low <= sigma <= high else sigma for sigma in levels]
    # Algorithm 2, line 6: the noise that lifts the state from t_i to its raised level.
    lifts = [s_noise * math.sqrt(up * up - sigma * sigma) for up, sigma in zip(raised, levels, strict=True)]
    steps = zip(raised[:-1], levels[1:], lifts[1:], strict=True)
    rows = tuple(row for sigma, target, lift in steps for row in _heun_step(sigma, target, lift))
    return Table(math.hypot(levels[0], lifts[0]), rows)


@exported("samplers", "ancestral")
def ancestral(grid: Grid, eta: float = 1.0) -> Table:
    """Step to below the next level, then add fresh noise up to it: DDPM's own chain at eta 1.

    Song et al. 2021 (DDIM), eq. 12 and 16, divided by alpha; eta 0 is `ddim`.
    """
    return _table(_renoised(sigma, target, eta) for sigma, target in pairwise(checked(grid)))


@exported("samplers", "ddim")
def ddim(grid: Grid, eta: float = 0.0) -> Table:
    """DDIM, by default without fresh noise, when it takes exactly the steps of `euler`.

    Song et al. 2021 (DDIM), eq. 12 and 16, divided by alpha; eta 1 is `ancestral`.
    """
    return ancestral(grid, eta)


@exported("samplers", FEW)
def few(grid: Grid) -> Table:
    """Steps of `ddim` by a network that is told where each arrives, distilled for 1, 2 and 4 evaluations.

    Salimans & Ho 2022, algorithm 2. The grid is `trailing`, whose steps for 1, 2 and 4 nest.
    """
    return _table(replace(_blend(sigma, target), target=target) for sigma, target in pairwise(checked(grid)))


@exported("samplers", "euler_maruyama")
def euler_maruyama(grid: Grid) -> Table:
    """First-order steps of the reverse-time SDE, run in its variance as time; the last one adds no noise.

    Song et al. 2021 (score SDE), algorithm 2, the predictor's lines.
    """
    return _table(_reverse_diffusion(sigma, target) for sigma, target in pairwise(checked(grid)))


@exported("samplers", "dpmpp_2m")
def dpmpp_2m(grid: Grid) -> Table:
    """DPM-Solver++(2M): second order from the last two denoised estimates, one evaluation a step.

    Lu et al. 2022 (DPM-Solver++), algorithm 2; first and last step are of first order.
    """
    return dpmpp_2m_sde(grid, eta=0.0)


@exported("samplers", "dpmpp_2m_sde")
def dpmpp_2m_sde(grid: Grid, eta: float = 1.0) -> Table:
    """DPM-Solver++(2M) for the reverse-time SDE, whose noise is scaled by eta; eta 0 is `dpmpp_2m`.

    Lu et al. 2022 (DPM-Solver++), SDE-DPM-Solver++(2M); first and last step are of first order.
    """
    levels = checked(grid)
    return _table(_extrapolated(levels, position, eta) for position in range(len(levels) - 1))


@exported("samplers", "unipc")
def unipc(grid: Grid) -> Table:
    """UniPC, order 2, B(h) = e^h - 1: every evaluation also corrects the step that led to it.

    Zhao et al. 2023, algorithms 1 and 2 in data prediction; the first step is of first order and the
    last one predicts without correction. The paper keeps the corrected state and three denoised
    estimates. Here five slots suffice because the corrected state differs from the predicted one,
    which is the state of the table, only by differences of denoised estimates: the correction is
    folded into the next prediction, and the anchor holds the oldest of the three estimates.
    """
    levels = checked(grid)
    return _table(_corrected(levels, position) for position in range(len(levels) - 1))


def _table(rows: Iterable[Row]) -> Table:
    listed = tuple(rows)
    return Table(listed[0].sigma, listed)


def _blend(sigma: float, target: float, noise: float = 0.0) -> Row:
    # x' = x + (target - sigma)·(x - D)/sigma; Karras et al. 2022, eq. 1 and 3.
    ratio = target / sigma
    return Row(sigma, state=ratio, denoised=1 - ratio, noise=noise)


def _heun_step(sigma: float, target: float, lift: float = 0.0) -> tuple[Row, ...]:
    if target == 0:
        return (_blend(sigma, target),)
    ratio, half = target / sigma, (target - sigma) / 2
    # x'' = x + (target - sigma)/2·[(x - D)/sigma + (x' - D')/target]; algorithm 1, lines 7-8.
    return (
        Row(sigma, state=ratio, denoised=1 - ratio, anchor_from="state"),
        Row(
            target,
            state=half / target,
            denoised=-half / target,
            anchor=1 + half / sigma,
            previous=-half / sigma,
            noise=lift,
        ),
    )


def _renoised(sigma: float, target: float, eta: float) -> Row:
    # DDIM eq. 16 over alpha: up^2 = eta^2 target^2 (sigma^2 - target^2) / sigma^2, at most target^2.
    up = min(target, eta * target * math.sqrt(1 - (target / sigma) ** 2))
    return _blend(sigma, math.sqrt(target * target - up * up), noise=up)


def _reverse_diffusion(sigma: float, target: float) -> Row:
    # x' = x + (sigma^2 - target^2)·score + sqrt(sigma^2 - target^2)·z with score = (D - x)/sigma^2.
    kept = (target / sigma) ** 2
    noise = math.sqrt(sigma * sigma - target * target) if target else 0.0
    return Row(sigma, state=kept, denoised=1 - kept, noise=noise)


def _extrapolated(grid: Grid, position: int, eta: float) -> Row:
    """One step of (SDE-)DPM-Solver++(2M) in lambda = -log sigma, with h its length and r = h_before / h."""
    sigma, target = grid[position], grid[position + 1]
    if target == 0:
        return _blend(sigma, target)
    h = math.log(sigma / target)
    # x' = e^{-h(1+eta)}·x + (1 - e^{-h(1+eta)})·[D + (D - D_before)/(2r)] + target·sqrt(1 - e^{-2·eta·h})·z
    gain = -math.expm1(-h * (1 + eta))
    noise = target * math.sqrt(-math.expm1(-2 * eta * h))
    slope = gain * h / (2 * math.log(grid[position - 1] / sigma)) if position else 0.0
    return Row(sigma, state=1 - gain, denoised=gain + slope, previous=-slope, noise=noise)


def _corrected(grid: Grid, position: int) -> Row:
    """One UniPC row: correct the arrival at this level, then predict the next."""
    sigma, target = grid[position], grid[position + 1]
    if target == 0:
        return _blend(sigma, target)
    ratio = target / sigma
    gain = 1 - ratio
    newest, middle, oldest = _correction(grid, position)
    # UniP-2, a_1 = 1/2: x' = ratio·x + gain·[D + (D - D_before)/(2r)] with r = h_before / h.
    slope = gain * math.log(sigma / target) / (2 * math.log(grid[position - 1] / sigma)) if position else 0.0
    return Row(
        sigma,
        state=ratio,
        denoised=gain + slope + ratio * newest,
        previous=ratio * middle - slope,
        anchor=ratio * oldest,
        anchor_from="previous",
    )


def _correction(grid: Grid, position: int) -> tuple[float, float, float]:
    """What UniC adds to the predicted state: its weights on D, D_before and the one before that."""
    if position == 0:
        return 0.0, 0.0, 0.0
    h = -math.log(grid[position - 1] / grid[position])
    b = math.expm1(h)
    if position == 1:
        # UniC-1, a_1 = 1/2: corrected = predicted - B·(D - D_before)/2
        return -b / 2, b / 2, 0.0
    # UniC-2, theorem 3.1's system for data prediction, h < 0 and B(h) = h·phi_1(h):
    #   a_1 + a_2 = h·phi_2 / B,  a_1·r + a_2 = 2·h·phi_3 / B,  phi_{n+1} = (phi_n - 1/n!) / h
    # with r the place of the oldest estimate, in steps, seen from the one before.
    r = math.log(grid[position - 2] / grid[position - 1]) / h
    phi_2 = (b / h - 1) / h
    phi_3 = (phi_2 - 1 / 2) / h
    a_1 = h * (phi_2 - 2 * phi_3) / b / (1 - r)
    a_2 = h * phi_2 / b - a_1
    # corrected = predicted - B·[(a_1 - 1/2)·(D_oldest - D_before)/r + a_2·(D - D_before)], because the
    # predictor has already taken 1/2 of the first difference.
    old = -b * (a_1 - 1 / 2) / r
    return -b * a_2, b * a_2 - old, old
