"""Draws what a half-trained denoiser makes of a fixed list of prompts, as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from models.diffusion.grids import spacing, trailing
from models.diffusion.guidance import Guidance, classifier_free, distilled
from models.diffusion.noise import batch
from models.diffusion.samplers import few, sampler
from models.diffusion.trajectory import finish, trajectory
from models.nets.denoiser import LatentDenoiser
from models.nets.gallery import hang

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from models.diffusion.guidance import Jump
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


def sample(
    denoise: Denoiser,
    cond: Conditioning,
    empty: Conditioning,
    shape: Sequence[int],
    steps: int,
    guidance: float,
    first: int = 0,
) -> Tensor:
    """Return clean latents (B, *shape) by DPM-Solver++(2M), guided at middling noise.

    Row i is drawn from the seed first + i.
    """
    table = sampler("dpmpp_2m")(spacing("karras")(steps, 0.02, 80.0))
    keys = [(first + row, 0) for row in range(len(cond.pooled))]

    def draws(draw: int) -> Tensor:
        return batch(keys, draw, shape)

    if guidance != 1.0:
        denoise = classifier_free(denoise, empty, Guidance(guidance, 0.2, 10.0))
    return finish(trajectory(denoise, table, table.start * draws(0), draws, cond))


def sample_few(
    jump: Jump,
    cond: Conditioning,
    shape: Sequence[int],
    steps: int,
    span: tuple[float, float],
    first: int = 0,
) -> Tensor:
    """Return clean latents (B, *shape) by a few-step network between the noise levels of `span`.

    Row i is drawn from the seed first + i.
    """
    table = few(trailing(steps, *span))
    keys = [(first + row, 0) for row in range(len(cond.pooled))]

    def draws(draw: int) -> Tensor:
        return batch(keys, draw, shape)

    return finish(trajectory(distilled(jump, table), table, table.start * draws(0), draws, cond))


def draw_sheet(
    net: DiffusionTransformer,
    autoencoder: Autoencoder,
    encoder: TokenEncoder,
    path: Path,
    *,
    length: int,
    prompts: Sequence[str] = PROMPTS,
    guidance: float = 3.0,
    shown: Sequence[Sequence[Tensor]] = (),
    columns: int = 12,
    steps: int = 12,
) -> None:
    """Write two rows of pictures for each `columns` prompts: with guidance, and without."""
    shape = (net.shape.channels, net.shape.side, net.shape.side)
    none: list[list[Tensor]] = [[] for _ in prompts]
    cond = hang(encoder.condition(prompts, length), shown or none, net.shape)
    empty = hang(encoder.condition([""] * len(prompts), length), none, net.shape)
    rows = []
    with torch.inference_mode():
        for strength in (guidance, 1.0):
            latents = sample(LatentDenoiser(net), cond, empty, shape, steps, strength)
            pictures = autoencoder.decode(latents)
            rows += [pictures[i : i + columns] for i in range(0, len(prompts), columns)]
    grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
    pixels = ((grid.float() + 1.0) * 127.5).round().clamp(0, 255).byte()
    Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy()).save(path)
