"""The shipped models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.catalog import UnknownModel, find_model, shipped_encoders, shipped_models
from models.encoders.dual import IconTextModel

if TYPE_CHECKING:
    from pathlib import Path


def test_the_default_model_is_there() -> None:
    """`trouvere-icons` is listed first and its folder holds what a system is loaded from."""
    model = shipped_models()[0]
    assert model == find_model("trouvere-icons")
    assert {"system.json", "autoencoder.safetensors", "denoiser.safetensors", "MODEL_CARD.md"} <= {
        path.name for path in model.directory.iterdir()
    }


def test_it_is_small_enough_for_a_repository() -> None:
    """All weights that ship stay under 32 MB."""
    weights = find_model("trouvere-icons").directory.parent
    assert sum(path.stat().st_size for path in weights.rglob("*") if path.is_file()) < 32_000_000


def test_a_folder_in_the_diffusers_format_is_a_model(tmp_path: Path) -> None:
    """It is called by the folder's name."""
    folder = tmp_path / "my-checkpoint"
    folder.mkdir()
    (folder / "model_index.json").write_text("{}")
    model = find_model(str(folder))
    assert (model.name, model.directory) == ("my-checkpoint", folder)


def test_an_unknown_name_is_told_which_there_are() -> None:
    """The error names the shipped models."""
    with pytest.raises(UnknownModel, match="there are trouvere-icons"):
        find_model("trouvere-horses")


def test_shipped_encoders_load_by_what_the_catalog_says() -> None:
    """`trouvere-dual` is listed with its folder, and what loads from there bears its name."""
    (model,) = shipped_encoders()
    assert IconTextModel.load(model.directory).name == model.name == "trouvere-dual"
