"""Draws what a half-trained denoiser makes of a fixed list of prompts, as one picture."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from models.nets.denoiser import LatentDenoiser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from models.nets.dit import DiffusionTransformer
    from models.types import Autoencoder, Conditioning, Denoiser, TokenEncoder

PROMPTS = (
    "horse, Phosphor bold icon, black on white",
    "heart, filled icon, red on white",
    "star, outline icon",
    "house, solid icon, blue on white",
    "umbrella, Phosphor thin icon",
    "arrow right, bold icon, green on white",
    "clock, outline icon, purple on light grey",
    "tree, filled icon, green on cream",
    "envelope, Material Design outline icon",
    "lock, filled icon, white on navy",
    "camera, Remix line icon, black on white",
    "bell, Phosphor light icon, orange on white",
    "shopping cart, fill icon",
    "folder, filled icon, yellow on black",
    "airplane, Phosphor fill icon, teal on white",
    "user, outline icon, grey on white",
    "cloud, Phosphor regular icon, blue on light blue",
    "music note, bold icon",
    "fish, filled icon, red on white",
    "coffee, outline icon, brown on cream",
    "car, solid icon, red on white",
    "bicycle, icon",
    "moon, filled icon, yellow on navy",
    "key, bold icon, black on white",
)


def karras_levels(steps: int, low: float = 0.02, high: float = 80.0, rho: float = 7.0) -> list[float]:
    """Return steps + 1 noise levels, falling, the last one zero (Karras et al. 2022, eq. 5)."""
    ramp = [i / (steps - 1) for i in range(steps)]
    return [(high ** (1 / rho) + r * (low ** (1 / rho) - high ** (1 / rho))) ** rho for r in ramp] + [0.0]


def sample(
    denoise: Denoiser, x: Tensor, cond: Conditioning, empty: Conditioning, steps: int, guidance: float
) -> Tensor:
    """Return clean latents by DPM-Solver++(2M) (Lu et al. 2022, algorithm 2) from unit noise x."""
    levels = karras_levels(steps)
    x, previous, last_h = x * levels[0], None, 0.0
    for level, following in pairwise(levels):
        sigma = torch.full((len(x),), level)
        clean = denoise(x, sigma, cond)
        if guidance != 1.0 and 0.2 < level < 10.0:
            free = denoise(x, sigma, empty)
            clean = free + guidance * (clean - free)
        if following == 0.0:
            return clean
        h = math.log(level / following)
        ahead = clean if previous is None else clean + (clean - previous) * (h / (2.0 * last_h))
        x = x * (following / level) + ahead * (1.0 - following / level)
        previous, last_h = clean, h
    return x


def draw_sheet(
    net: DiffusionTransformer,
    autoencoder: Autoencoder,
    encoder: TokenEncoder,
    path: Path,
    *,
    length: int,
    prompts: Sequence[str] = PROMPTS,
    guidance: float = 3.0,
    columns: int = 12,
    steps: int = 12,
) -> None:
    """Write two rows of pictures for each `columns` prompts: with guidance, and without."""
    shape = net.shape
    noise = torch.randn(
        len(prompts), shape.channels, shape.side, shape.side, generator=torch.Generator().manual_seed(0)
    )
    cond, empty = encoder.condition(prompts, length), encoder.condition([""] * len(prompts), length)
    rows = []
    with torch.inference_mode():
        for strength in (guidance, 1.0):
            latents = sample(LatentDenoiser(net), noise, cond, empty, steps, strength)
            pictures = autoencoder.decode(latents)
            rows += [pictures[i : i + columns] for i in range(0, len(prompts), columns)]
    grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
    pixels = ((grid.float() + 1.0) * 127.5).round().clamp(0, 255).byte()
    Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy()).save(path)
