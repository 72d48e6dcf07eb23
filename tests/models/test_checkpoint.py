"""Weights and configurations on disk."""

from __future__ import annotations

import hashlib
import pickle
from typing import TYPE_CHECKING

import pytest
import torch

from models.checkpoint import (
    FORMAT_VERSION,
    CheckpointError,
    digest,
    read_config,
    read_weights,
    write_config,
    write_weights,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_weights_come_back_as_float32(tmp_path: Path) -> None:
    """Half precision on disk rounds once; what is read is float32."""
    path = tmp_path / "net.safetensors"
    write_weights(path, {"w": torch.tensor([0.1, 2.0, -3.0])}, torch.float16)
    loaded = read_weights(path)["w"]
    assert loaded.dtype == torch.float32
    assert torch.equal(loaded, torch.tensor([0.1, 2.0, -3.0]).half().float())


def test_equal_weights_are_equal_files(tmp_path: Path) -> None:
    """The same tensors give the same bytes, so that a digest names them."""
    for name in ("a", "b"):
        write_weights(tmp_path / f"{name}.safetensors", {"y": torch.ones(3), "x": torch.zeros(2)})
    assert digest(tmp_path / "a.safetensors") == digest(tmp_path / "b.safetensors")


def test_a_digest_covers_all_files_in_order(tmp_path: Path) -> None:
    """It is the sha256 of their bytes one after another."""
    (tmp_path / "a").write_bytes(b"tro")
    (tmp_path / "b").write_bytes(b"uvere")
    assert digest(tmp_path / "a", tmp_path / "b") == hashlib.sha256(b"trouvere").hexdigest()


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    """Neither a file named like a pickle nor a pickle named like safetensors runs any code."""

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (pytest.fail, ("a pickle was opened",))

    for name in ("net.pt", "net.safetensors"):
        (tmp_path / name).write_bytes(pickle.dumps(Trap()))
        with pytest.raises(CheckpointError):
            read_weights(tmp_path / name)


def test_a_configuration_has_a_version(tmp_path: Path) -> None:
    """What is written is read back; a newer format, or none, is refused."""
    path = tmp_path / "system.json"
    write_config(path, {"name": "x", "length": 20})
    assert read_config(path) == {"name": "x", "length": 20}
    path.write_text(f'{{"format": {FORMAT_VERSION + 1}}}')
    with pytest.raises(CheckpointError, match=f"format {FORMAT_VERSION + 1}"):
        read_config(path)
    path.write_text("{}")
    with pytest.raises(CheckpointError, match="format None"):
        read_config(path)
