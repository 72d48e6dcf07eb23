"""Runs the real shapes once before the first order, and measures how many rows a call should hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.worker.prompts import Prompts
    from app.worker.system import System

GOOD_ENOUGH = 0.9  # of the best rows per second
REPEATS = 3


@dataclass(frozen=True, slots=True)
class Warm:
    """What the warm-up measured: rows a call should hold, and seconds of one evaluation in such a call."""

    rows: int
    seconds_per_evaluation: float


def warm_up(system: System, prompts: Prompts, limit: int, timer: Callable[[], float]) -> Warm:
    """Denoise at 2, 4, 8 … `limit` rows, decode and preview; return the knee of rows per second.

    The first call of each size is not measured, of the others the fastest is.
    """
    sizes = _sizes(limit)
    seconds = [_seconds(system, prompts, size, timer) for size in sizes]
    latents = torch.zeros(1, *system.latent_shape)
    with torch.inference_mode():
        system.decode(latents)
        system.preview(latents)
    return knee(sizes, seconds)


def knee(sizes: Sequence[int], seconds: Sequence[float]) -> Warm:
    """Return the smallest size whose rows per second come near the best of all."""
    rates = [size / took for size, took in zip(sizes, seconds, strict=True)]
    chosen = next(i for i, rate in enumerate(rates) if rate >= GOOD_ENOUGH * max(rates))
    return Warm(sizes[chosen], 1 / rates[chosen])


def _sizes(limit: int) -> list[int]:
    sizes = [2]
    while sizes[-1] * 2 <= limit:
        sizes.append(sizes[-1] * 2)
    return sizes if sizes[-1] == limit else [*sizes, limit]


def _seconds(system: System, prompts: Prompts, size: int, timer: Callable[[], float]) -> float:
    x = torch.zeros(size, *system.latent_shape)
    sigma = torch.ones(size)
    cond = prompts.batch(["warm up", *[""] * (size - 1)])
    took = []
    with torch.inference_mode():
        for _ in range(1 + REPEATS):
            began = timer()
            system.denoise(x, sigma, cond)
            took.append(timer() - began)
    return max(min(took[1:]), 1e-9)
