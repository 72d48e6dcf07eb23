"""What a folder of someone else must hold, and what is never opened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.adapters.diffusers_system import DiffusersSystem
from models.checkpoint import CheckpointError
from tests.models.adapters import checkpoints
from tests.models.adapters.pairs import LATENTS

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_weights_in_half_precision_alone_are_found(spoilt: Path) -> None:
    """A folder that only holds the fp16 variant loads."""
    plain = spoilt / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({name: value.half() for name, value in load_file(plain).items()}, plain)
    plain.rename(plain.with_name("diffusion_pytorch_model.fp16.safetensors"))
    halved = DiffusersSystem.load(spoilt).denoise(LATENTS, torch.tensor([1.0, 2.0]), None)
    assert halved.isfinite().all()


@pytest.mark.parametrize("component", ["unet", "text_encoder", "vae"])
@pytest.mark.parametrize("suffix", [".bin", ".pt", ".ckpt"])
def test_pickles_are_refused_by_name(spoilt: Path, component: str, suffix: str) -> None:
    """A component with a pickle and no safetensors is refused, and the pickle is not opened."""
    weights = next((spoilt / component).glob("*.safetensors"))
    pickled = weights.with_suffix(suffix)
    weights.unlink()
    pickled.mkdir()  # opening it would be another error
    with pytest.raises(CheckpointError, match=f"{component}/{pickled.name} is pickled"):
        DiffusersSystem.load(spoilt)


def test_an_index_may_lead_to_safetensors_only(spoilt: Path) -> None:
    """A sharded component whose index names a pickle is refused."""
    (spoilt / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    index = spoilt / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"conv_in.weight": "../evil.bin"}}))
    with pytest.raises(CheckpointError, match=r"evil\.bin"):
        DiffusersSystem.load(spoilt)


@pytest.mark.parametrize("component", ["unet", "text_encoder", "vae"])
def test_nothing_is_left_at_random(spoilt: Path, component: str) -> None:
    """A missing tensor is an error, where the libraries would only warn."""
    path = next((spoilt / component).glob("*.safetensors"))
    weights = load_file(path)
    del weights[max(weights)]
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="lacks weights"):
        DiffusersSystem.load(spoilt)


def test_older_names_of_weights_are_read(spoilt: Path) -> None:
    """Text weights under the prefix that older versions wrote, with their positions, load the same."""
    new = DiffusersSystem.load(spoilt).condition(["cat"]).tokens
    path = spoilt / "text_encoder" / "model.safetensors"
    weights = {
        f"text_model.{name.removeprefix('text_model.')}": value for name, value in load_file(path).items()
    }
    weights["text_model.embeddings.position_ids"] = torch.arange(checkpoints.TEXT_LENGTH)[None]
    save_file(weights, path, metadata={"format": "pt"})
    assert torch.equal(DiffusersSystem.load(spoilt).condition(["cat"]).tokens, new)
