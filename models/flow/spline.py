"""Bends numbers by monotone rational-quadratic splines whose inverse and slope are exact."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

# No bin is narrower or flatter than this share of the box, no slope at a knot smaller than this.
SMALLEST_SHARE = 1e-3
SMALLEST_SLOPE = 1e-3


@dataclass(frozen=True, slots=True)
class Knots:
    """Where a spline passes, (..., K + 1) each: x and y increase from -bound to bound, slopes are positive.

    Outside of the box the spline is the identity; both end slopes are 1, so it is smooth there.
    """

    x: Tensor
    y: Tensor
    slope: Tensor


def knots(raw: Tensor, bound: float) -> Knots:
    """Turn free numbers (..., 3K - 1) into the knots of K bins; zeros give the identity.

    Durkan et al. 2019, section 3.1: K widths and K heights by softmax, K - 1 slopes by softplus.
    """
    num_bins = (raw.shape[-1] + 1) // 3
    widths, heights, slopes = torch.split(raw, [num_bins, num_bins, num_bins - 1], -1)
    # softplus(shift) = 1 - SMALLEST_SLOPE, so that zeros give slope 1.
    shift = math.log(math.expm1(1 - SMALLEST_SLOPE))
    inner = SMALLEST_SLOPE + functional.softplus(slopes + shift)
    return Knots(_edges(widths, bound), _edges(heights, bound), functional.pad(inner, (1, 1), value=1.0))


def bend(x: Tensor, at: Knots) -> tuple[Tensor, Tensor]:
    """Return y and log dy/dx, shaped as x (...), of knots (..., K + 1)."""
    inside = x.abs() <= at.x[..., -1]
    here = _bin(at, at.x, x)
    u = (torch.where(inside, x, here.x_low) - here.x_low) / here.width
    # Durkan et al. 2019, eq. 4 and 5, with s the bin's mean slope and u its share passed.
    s, v = here.height / here.width, u * (1 - u)
    below = s + (here.slope_high + here.slope_low - 2 * s) * v
    y = here.y_low + here.height * (s * u * u + here.slope_low * v) / below
    above = here.slope_high * u * u + 2 * s * v + here.slope_low * (1 - u) ** 2
    log_slope = 2 * s.log() + above.log() - 2 * below.log()
    return torch.where(inside, y, x), torch.where(inside, log_slope, 0.0)


def unbend(y: Tensor, at: Knots) -> Tensor:
    """Return the x of which `bend` gives y, shaped as y (...)."""
    inside = y.abs() <= at.y[..., -1]
    here = _bin(at, at.y, y)
    rise = torch.where(inside, y, here.y_low) - here.y_low
    # Durkan et al. 2019, appendix A.1: the root of a u^2 + b u + c in [0, 1], written without cancellation.
    s = here.height / here.width
    turn = rise * (here.slope_high + here.slope_low - 2 * s)
    a, b, c = here.height * (s - here.slope_low) + turn, here.height * here.slope_low - turn, -s * rise
    u = 2 * c / (-b - (b * b - 4 * a * c).clamp(min=0).sqrt())
    return torch.where(inside, here.x_low + u * here.width, y)


@dataclass(frozen=True, slots=True)
class _Bin:
    """The bin that each number falls into, (...) each."""

    x_low: Tensor
    y_low: Tensor
    width: Tensor
    height: Tensor
    slope_low: Tensor
    slope_high: Tensor


def _edges(raw: Tensor, bound: float) -> Tensor:
    shares = SMALLEST_SHARE + (1 - SMALLEST_SHARE * raw.shape[-1]) * raw.softmax(-1)
    inner = shares.cumsum(-1)[..., :-1] * (2 * bound) - bound
    low = functional.pad(inner, (1, 0), value=-bound)
    return functional.pad(low, (0, 1), value=bound)  # (..., K + 1), ends exact


def _bin(at: Knots, edges: Tensor, value: Tensor) -> _Bin:
    inner = edges[..., 1:-1].detach().contiguous()
    index = torch.searchsorted(inner, value.detach()[..., None].contiguous(), right=True)

    def pick(values: Tensor, offset: int = 0) -> Tensor:
        return values.gather(-1, index + offset).squeeze(-1)

    x_low, y_low = pick(at.x), pick(at.y)
    return _Bin(x_low, y_low, pick(at.x, 1) - x_low, pick(at.y, 1) - y_low, pick(at.slope), pick(at.slope, 1))
