"""Trains the weaker denoiser that autoguidance steers away from: the denoiser's recipe, small and short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.latent.parts import save_weak
from models.train.denoiser import train_denoiser

if TYPE_CHECKING:
    from pathlib import Path

    from models.nets.dit import DiffusionTransformer
    from models.train.config import Recipe


def train_weak(recipe: Recipe, until: int | None = None) -> DiffusionTransformer:
    """Train like the denoiser and write weak.safetensors to the run's folder `system`; return the net.

    Karras et al. 2024, section 4: the weaker model makes the same errors, only larger, when it is
    trained on the same data for less time with fewer weights.
    """
    return train_denoiser(recipe, until, pack)


def pack(recipe: Recipe, net: DiffusionTransformer) -> Path:
    """Write weak.safetensors and weak.json to the run's folder `system`, and return that folder."""
    target = recipe.folder / "system"
    target.mkdir(parents=True, exist_ok=True)
    save_weak(net, recipe.data.length, target)
    return target
