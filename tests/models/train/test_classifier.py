"""The classifier's objective, on latents whose class can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from models.icons import load_icons
from models.nets.classifier import NoiseAwareClassifier
from models.train.classifier import LEVELS, ClassifiedLatents, ClassifierObjective, label
from models.train.config import Recipe, Schedule
from models.train.distributed import Ranks
from models.train.launch import run
from models.train.loop import Trainer

if TYPE_CHECKING:
    from pathlib import Path

QUESTIONS: dict[str, tuple[str, ...]] = {"family": ("left", "right"), "weight": ("dark", "light")}
MODEL = {"width": 32, "depth": 1, "heads": 2, "hidden": 32, "channels": 4, "side": 4}


def _latents(seed: int) -> ClassifiedLatents:
    """Latents that are high in the first channel when light, and in the second when right."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(2, (256, 2), generator=generator)
    latents = 0.3 * torch.randn(256, 4, 4, 4, generator=generator)
    latents[:, 0] += 2.0 * labels[:, 1, None, None] - 1.0
    latents[:, 1] += 2.0 * labels[:, 0, None, None] - 1.0
    return ClassifiedLatents(latents, labels, QUESTIONS)


def test_it_learns_what_noise_leaves_to_be_seen(tmp_path: Path) -> None:
    """Nearly always right with little noise, about half with noise that hides everything; told in a sheet."""
    schedule = Schedule(steps=120, batch=64, learning_rate=3e-3, warmup=5, bf16=False)
    recipe = Recipe(name="classes", output=str(tmp_path), schedule=schedule, model=MODEL)
    torch.manual_seed(0)
    objective = ClassifierObjective(recipe, _latents(0), _latents(1))
    average = NoiseAwareClassifier(objective.net.shape)
    Trainer(recipe, objective, average, Ranks()).fit()
    right = objective.accuracy(average)
    for shares in right.values():
        assert shares[0] > 0.95
        assert len(shares) == len(LEVELS)
        assert shares[-1] < shares[0]
    assert (tmp_path / "classes" / "sheet-000120.png").exists()


def test_labels_are_places_among_the_classes() -> None:
    """An icon's label a question is where its own family and weight stand."""
    icons = load_icons()[:3]
    questions = {"family": ("Codicons", "Phosphor"), "weight": ("regular",)}
    assert label(icons, questions).tolist() == [[0, 0]] * 3


def test_a_folder_names_no_classes(tmp_path: Path) -> None:
    """Training on a folder is refused in words before anything is read."""
    with pytest.raises(ValueError, match="family"):
        run("classifier", overrides=[f'data.source="{tmp_path}"'])
