"""Solves ordinary differential equations with a step size of its own for each row of the batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import torch

from models.diffusion.sde import spread, velocity

if TYPE_CHECKING:
    from collections.abc import Generator

    from torch import Tensor

    from models.diffusion.paths import Path
    from models.types import Conditioning, Denoiser

T = TypeVar("T")

# Dormand & Prince 1980, table 2: nodes, stages, fifth-order weights (the last stage), and the
# difference between the fifth- and the fourth-order weights.
NODES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)


class Slope(Protocol):
    """The right-hand side dx/dt: x (B, ...), t (B,) → (B, ...), rows independent."""

    def __call__(self, x: Tensor, t: Tensor, /) -> Tensor: ...


class NoConvergence(ArithmeticError):
    """The tolerance was not met within the allowed number of steps."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Where the rows ended, (B, ...), and how many batched evaluations of the slope it took."""

    x: Tensor
    num_evaluations: int


def solve(
    slope: Slope,
    x: Tensor,
    start: float,
    stop: float,
    *,
    rtol: float = 1e-5,
    atol: float = 1e-5,
    max_steps: int = 1000,
) -> Solution:
    """Integrate x (B, ...) from time `start` to `stop`, forwards or backwards, by Dormand–Prince 5(4).

    A row's error is the root mean square over its values of error / (atol + rtol·|x|), and must not
    pass 1. Rows step independently and those that have arrived wait: a row's result does not depend
    on its mates, bit for bit when the slope's does not. Raises NoConvergence after `max_steps` steps of
    the slowest row.
    """
    return finish(solving(slope, x, start, stop, rtol=rtol, atol=atol, max_steps=max_steps))


def solving(
    slope: Slope, x: Tensor, start: float, stop: float, *, rtol: float, atol: float, max_steps: int = 1000
) -> Generator[None, None, Solution]:
    """Like `solve`, pausing after each evaluation of the slope, so that the caller owns the time between."""
    t = x.new_full((len(x),), start)
    first = slope(x, t)
    yield
    step = _first_step(x, first, rtol, atol).clamp(max=abs(stop - start))  # (B,), always positive
    sign, num_evaluations = (1.0 if stop >= start else -1.0), 1
    for _ in range(max_steps):
        left = (stop - t).abs()
        if not bool((left > 0).any()):
            return Solution(x, num_evaluations)
        last = step >= left
        taken = torch.where(last, left, step)
        candidate, slopes = yield from _stages(slope, x, t, sign * taken, first)
        num_evaluations += 6
        error = _error(x, candidate, slopes, taken, (rtol, atol))
        accepted = (error <= 1) & (left > 0)
        x = torch.where(spread(accepted, x), candidate, x)
        first = torch.where(spread(accepted, x), slopes[-1], first)
        t = torch.where(accepted & last, stop, torch.where(accepted, t + sign * taken, t))
        step = torch.where(left > 0, taken * _factor(error), step)
    raise NoConvergence(f"no arrival at {stop} within {max_steps} steps at rtol {rtol}, atol {atol}")


def finish(steps: Generator[object, None, T]) -> T:
    """Run what pauses to its end without pausing, and return its result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


def flow(
    path: Path,
    denoise: Denoiser,
    x: Tensor,
    start: float,
    stop: float,
    *,
    cond: Conditioning | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-5,
) -> Solution:
    """Carry states x (B, ...) along a path's probability-flow ODE from time `start` to time `stop`.

    Towards 0 this samples, towards the horizon it encodes: the two are inverse up to the tolerance.
    Song et al. 2021 (score SDE), eq. 13 and appendix D. Raises NoConvergence.
    """
    return solve(
        lambda state, t: velocity(path, denoise, state, t, cond=cond), x, start, stop, rtol=rtol, atol=atol
    )


def _stages(
    slope: Slope, x: Tensor, t: Tensor, signed: Tensor, first: Tensor
) -> Generator[None, None, tuple[Tensor, list[Tensor]]]:
    slopes, point = [first], x
    for node, weights in zip(NODES[1:], STAGES, strict=True):
        point = x + spread(signed, x) * _weighted(slopes, weights)
        slopes.append(slope(point, t + node * signed))
        yield
    # The last stage is evaluated at the fifth-order result, so it is the next step's first.
    return point, slopes


def _weighted(slopes: list[Tensor], weights: tuple[float, ...]) -> Tensor:
    total = weights[0] * slopes[0]
    for weight, value in zip(weights[1:], slopes[1:], strict=True):
        total = total + weight * value
    return total


def _error(
    x: Tensor, candidate: Tensor, slopes: list[Tensor], taken: Tensor, tolerance: tuple[float, float]
) -> Tensor:
    # Hairer, Nørsett & Wanner 1993, II.4, eq. 4.10-4.11.
    rtol, atol = tolerance
    scale = atol + rtol * torch.maximum(x.abs(), candidate.abs())
    return _mean_root(spread(taken, x) * _weighted(slopes, ERROR) / scale)  # (B,)


def _factor(error: Tensor) -> Tensor:
    # Hairer, Nørsett & Wanner 1993, II.4, eq. 4.13, safety 0.9. In Python, because a vectorised power
    # rounds differently from the one that handles the end of a tensor.
    return error.new_tensor([_resize(value) for value in error.tolist()])


def _resize(error: float) -> float:
    if math.isnan(error):
        return 0.2
    return min(10.0, max(0.2, 0.9 * error ** (-1 / 5))) if error else 10.0


def _first_step(x: Tensor, first: Tensor, rtol: float, atol: float) -> Tensor:
    # Hairer, Nørsett & Wanner 1993, II.4, "starting step size", step b.
    scale = atol + rtol * x.abs()
    size, speed = _mean_root(x / scale), _mean_root(first / scale)
    return torch.where((size < 1e-5) | (speed < 1e-5), 1e-6, 0.01 * size / speed)


def _mean_root(x: Tensor) -> Tensor:
    # Row by row: a reduction over a batch may add in another order.
    return torch.stack([row.square().mean().sqrt() for row in x])
