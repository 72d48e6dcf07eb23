"""Runs the real shapes once before the first order, and measures how many rows a call should hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from app.worker.latents import to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.worker.prompts import Prompts
    from app.worker.system import System

GOOD_ENOUGH = 0.9  # of the best rows per second
REPEATS = 3


@dataclass(frozen=True, slots=True)
class Warm:
    """What the warm-up measured.

    rows: what a call should hold. seconds_per_evaluation: of one evaluation in such a call. decodes:
    pictures that are decoded in the time of such a call, one at least.
    """

    rows: int
    seconds_per_evaluation: float
    decodes: int = 1


def warm_up(
    system: System, prompts: Prompts, limit: int, decode_limit: int, timer: Callable[[], float]
) -> Warm:
    """Denoise at 2, 4, 8 … `limit` rows, decode and preview; return the knee of rows per second.

    The first call of each size is not measured, of the others the fastest is. Every size of picture that
    the system draws is run once.
    """
    sizes = _sizes(limit)
    seconds = [_seconds(system, prompts, size, timer) for size in sizes]
    found = knee(sizes, seconds)
    decode_s = [_decode_seconds(system, shape, timer) for shape in _shapes(system)]
    decodes = int(found.rows * found.seconds_per_evaluation / decode_s[0])
    return replace(found, decodes=min(max(decodes, 1), decode_limit))


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


def _shapes(system: System) -> list[tuple[int, int, int]]:
    return [system.shape_of(*size) for size in system.sizes]


def _seconds(system: System, prompts: Prompts, size: int, timer: Callable[[], float]) -> float:
    shapes = _shapes(system) if size == 2 else []
    latents = [torch.zeros(system.latent_shape) for _ in range(size)]
    took = []
    for _ in range(1 + REPEATS):
        began = timer()
        _denoise(system, prompts, latents)
        took.append(timer() - began)
    for shape in shapes[1:]:
        _denoise(system, prompts, [torch.zeros(shape)])
    return max(min(took[1:]), 1e-9)


def _denoise(system: System, prompts: Prompts, latents: Sequence[torch.Tensor]) -> None:
    """Call the denoiser as it will be: half of the rows are told and shown all there can be, half nothing."""
    shown = (to_bytes(torch.zeros(system.latent_shape)),) * system.neighbours
    full = ("warm " * system.length, shown)
    cond = prompts.batch([full if row % 2 == 0 else ("", ()) for row in range(len(latents))])
    system.denoise_each(latents, torch.ones(len(latents)), cond)


def _decode_seconds(system: System, shape: tuple[int, int, int], timer: Callable[[], float]) -> float:
    latents = torch.zeros(1, *shape)
    with torch.inference_mode():
        system.preview(latents)
        system.decode(latents)
        began = timer()
        system.decode(latents)
        return max(timer() - began, 1e-9)
