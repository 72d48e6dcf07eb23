"""The shipped models."""

from __future__ import annotations

import pytest

from models.catalog import UnknownModel, find_model, shipped_models


def test_the_default_model_is_there() -> None:
    """`trouvere-icons` is listed first and its folder holds what a system is loaded from."""
    model = shipped_models()[0]
    assert model == find_model("trouvere-icons")
    assert {"system.json", "autoencoder.safetensors", "denoiser.safetensors", "MODEL_CARD.md"} <= {
        path.name for path in model.directory.iterdir()
    }


def test_it_is_small_enough_for_a_repository() -> None:
    """All of it stays under 20 MB."""
    size = sum(path.stat().st_size for path in find_model("trouvere-icons").directory.iterdir())
    assert size < 20_000_000


def test_an_unknown_name_is_told_which_there_are() -> None:
    """The error names the shipped models."""
    with pytest.raises(UnknownModel, match="there are trouvere-icons"):
        find_model("trouvere-horses")
