"""Which folders are known, and what their digest covers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from safetensors.torch import load_file, save_file

from models.adapters.diffusers_system import DiffusersSystem
from models.checkpoint import CheckpointError

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_every_file_is_in_the_digest(spoilt: Path) -> None:
    """The digest is stable, and another scheduler or one other weight changes it."""
    first = DiffusersSystem.load(spoilt).digest
    assert DiffusersSystem.load(spoilt).digest == first
    config = spoilt / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace("0.012", "0.013"))
    second = DiffusersSystem.load(spoilt).digest
    weights = load_file(spoilt / "unet" / "diffusion_pytorch_model.safetensors")
    weights["conv_out.bias"] += 1
    save_file(weights, spoilt / "unet" / "diffusion_pytorch_model.safetensors")
    assert len({first, second, DiffusersSystem.load(spoilt).digest}) == 3


def test_another_pipeline_is_refused_by_name(spoilt: Path) -> None:
    """The error says what the folder is and what is known."""
    index = spoilt / "model_index.json"
    index.write_text(index.read_text().replace("StableDiffusionPipeline", "KandinskyPipeline"))
    with pytest.raises(CheckpointError, match=r"KandinskyPipeline; known here are StableDiffusionPipeline"):
        DiffusersSystem.load(spoilt)


def test_a_missing_component_is_named(spoilt: Path) -> None:
    """A folder without its vae raises FileNotFoundError."""
    shutil.rmtree(spoilt / "vae")
    with pytest.raises(FileNotFoundError, match="vae"):
        DiffusersSystem.load(spoilt)
