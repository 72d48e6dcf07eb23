"""Starts a training run by its kind from a recipe file."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from models.train.config import load_recipe

if TYPE_CHECKING:
    from collections.abc import Sequence

# Kind → the module and the function that train it from a recipe; modules are imported when asked for.
KINDS: dict[str, tuple[str, str]] = {
    "autoencoder": ("models.train.autoencoder", "train_autoencoder"),
    "denoiser": ("models.train.denoiser", "train_denoiser"),
    "weak": ("models.train.weak", "train_weak"),
    "few": ("models.train.few", "train_few"),
    "classifier": ("models.train.classifier", "train_classifier"),
    "contrastive": ("models.train.contrastive", "train_contrastive"),
    "judge": ("models.train.contrastive", "train_contrastive"),
    "flow": ("models.train.flow", "train_flow"),
}


def recipe_path(kind: str) -> Path:
    """Return the recipe that ships with this package for a kind."""
    return Path(__file__).parent / "recipes" / f"{kind}.toml"


def run(
    kind: str,
    config_path: Path | None = None,
    overrides: Sequence[str] = (),
    until: int | None = None,
) -> Path:
    """Train a model of one of `KINDS` and return the run's folder; an unfinished run is resumed.

    overrides are `section.field=value`. Raises ValueError for an unknown kind and RecipeError for
    an unknown field.
    """
    if kind not in KINDS:
        raise ValueError(f"cannot train {kind!r}; there are {', '.join(KINDS)}")
    recipe = load_recipe(config_path or recipe_path(kind), overrides)
    module, function = KINDS[kind]
    getattr(import_module(module), function)(recipe, until)
    return recipe.folder
