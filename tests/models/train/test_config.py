"""Recipe files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.train.config import RecipeError, Schedule, load_recipe
from models.train.launch import KINDS, recipe_path, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    """A short recipe."""
    path = tmp_path / "short.toml"
    path.write_text(
        'name = "short"\n[schedule]\nsteps = 7\nbetas = [0.8, 0.9]\n[model]\nwidths = [1, 2, 3]\n'
    )
    return path


def test_a_recipe_is_read_with_defaults(recipe_file: Path) -> None:
    """What the file does not say is what the records say; lists become tuples."""
    recipe = load_recipe(recipe_file)
    assert recipe.schedule == Schedule(steps=7, betas=(0.8, 0.9))
    assert recipe.model == {"widths": [1, 2, 3]}
    assert recipe.folder.parts[-2:] == ("runs", "short")


def test_overrides_win(recipe_file: Path) -> None:
    """Numbers and bare words override by dotted name."""
    recipe = load_recipe(
        recipe_file, ["schedule.steps=9", "data.source=some/folder", "objective.dropout=0.3"]
    )
    assert recipe.schedule.steps == 9
    assert recipe.data.source == "some/folder"
    assert recipe.objective == {"dropout": 0.3}


@pytest.mark.parametrize("override", ["schedule.stepz=9", "speed=3", "steps"])
def test_an_unknown_field_is_refused(recipe_file: Path, override: str) -> None:
    """A misspelt field is an error that names the fields there are."""
    with pytest.raises(RecipeError):
        load_recipe(recipe_file, [override])


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_recipes_are_valid(kind: str) -> None:
    """Every kind has a recipe of its own name."""
    assert load_recipe(recipe_path(kind)).name == kind


def test_an_unknown_kind_is_refused() -> None:
    """Only an autoencoder and a denoiser can be trained."""
    with pytest.raises(ValueError, match="autoencoder, denoiser"):
        run("ranker")
