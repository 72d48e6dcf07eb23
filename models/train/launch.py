"""Starts a training run by its kind from a recipe file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.train.config import load_recipe

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ("autoencoder", "denoiser")


def recipe_path(kind: str) -> Path:
    """Return the recipe that ships with this package for a kind."""
    return Path(__file__).parent / "recipes" / f"{kind}.toml"


def run(
    kind: str,
    config_path: Path | None = None,
    overrides: Sequence[str] = (),
    until: int | None = None,
) -> Path:
    """Train `autoencoder` or `denoiser` and return the run's folder; an unfinished run is resumed.

    overrides are `section.field=value`. Raises ValueError for an unknown kind and RecipeError for
    an unknown field.
    """
    if kind not in KINDS:
        raise ValueError(f"cannot train {kind!r}; there are {', '.join(KINDS)}")
    recipe = load_recipe(config_path or recipe_path(kind), overrides)
    if kind == "autoencoder":
        from models.train.autoencoder import train_autoencoder

        train_autoencoder(recipe, until)
    else:
        from models.train.denoiser import train_denoiser

        train_denoiser(recipe, until)
    return recipe.folder
