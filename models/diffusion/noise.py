"""Draws the noise of a picture from its seed alone, so that no batch can change it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

# Seeds are 0 .. 2**63 - 1, what a signed 64-bit database column and a JSON reader can hold.
SEED_LIMIT = 2**63


def image_seed(seed: int, image: int) -> int:
    """Return the seed of image `image` of a request: seed + image, wrapping round at 2**63.

    Raises ValueError when either is out of range.
    """
    if not 0 <= seed < SEED_LIMIT or image < 0:
        raise ValueError(f"need 0 <= seed < 2**63 and image >= 0, not {seed} and {image}")
    return (seed + image) % SEED_LIMIT


def normal(seed: int, image: int, draw: int, shape: Sequence[int]) -> torch.Tensor:
    """Return one standard normal draw, `shape` float32 on the CPU, always the same for the same key.

    Draw 0 is the initial noise; draw k + 1 belongs to row k of the sampler's table, whether or not
    earlier rows drew. The key selects a stream of the counter-based generator Philox4x64 (Salmon et
    al. 2011), so draws can be made in any order. Raises ValueError when a number is out of range.
    """
    if draw < 0:
        raise ValueError(f"draws are counted from 0, not {draw}")
    # The generator counts up the first of four counter words; the draw number sits in the last.
    bits = np.random.Philox(key=[image_seed(seed, image), 0], counter=[0, 0, 0, draw])
    values = np.random.Generator(bits).standard_normal(math.prod(shape))
    return torch.from_numpy(values.astype(np.float32)).reshape(*shape)


def batch(keys: Sequence[tuple[int, int]], draw: int, shape: Sequence[int]) -> torch.Tensor:
    """Stack the draw of several (seed, image) keys, (len(keys), *shape)."""
    return torch.stack([normal(seed, image, draw, shape) for seed, image in keys])
