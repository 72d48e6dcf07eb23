"""The shipped dual encoder: unit vectors whose bits depend on nothing but the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from models.checkpoint import CheckpointError
from models.encoders.dual import IconTextModel, save_pairing
from models.nets.pairing import Pairing
from models.nets.towers import TowerShape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHAPE = TowerShape(size=16, cell=4, directions=4, hidden=12, dim=8)


class Letters:
    """Encodes a text by how often each of 24 letters is in it."""

    name = "letters"
    dim = 24

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return (len(texts), 24) rows of unit length."""
        rows = np.array([[1.0 + text.count(chr(97 + i)) for i in range(24)] for text in texts], np.float32)
        unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


@pytest.fixture
def model(tmp_path: Path) -> IconTextModel:
    """A tiny model that was saved and loaded."""
    torch.manual_seed(0)
    net = Pairing(SHAPE, Letters.dim, 12)
    with torch.no_grad():
        net.second.weight.normal_()
    save_pairing(net, tmp_path, name="tiny", text_encoder="letters")
    return IconTextModel.load(tmp_path, Letters())


def _pictures(count: int) -> list[Image.Image]:
    random = np.random.default_rng(0)
    return [Image.fromarray(random.integers(0, 255, (20 + i, 30, 3), dtype=np.uint8)) for i in range(count)]


def test_vectors_are_of_one_space_and_unit_length(model: IconTextModel) -> None:
    """Pictures of any size and texts come as (N, dim) float32 of length one."""
    for vectors in (model.encode_pictures(_pictures(3)), model.encode_texts(["a", "bee", ""])):
        assert vectors.shape == (3, model.dim) == (3, 8)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert model.encode_texts([]).shape == model.encode_pictures([]).shape == (0, 8)
    assert (model.name, len(model.digest)) == ("tiny", 64)


def test_a_row_never_feels_its_mates(model: IconTextModel) -> None:
    """Alone and among others a picture and a text have the same bits."""
    pictures, texts = _pictures(5), ["a", "bee", "see", "dee", "eel"]
    alone = [model.encode_pictures([p])[0] for p in pictures], [model.encode_texts([t])[0] for t in texts]
    assert np.array_equal(model.encode_pictures(pictures), np.stack(alone[0]))
    assert np.array_equal(model.encode_texts(texts), np.stack(alone[1]))


def test_what_is_transparent_is_seen_on_white(model: IconTextModel) -> None:
    """An invisible picture and a white one are the same picture."""
    clear, white = Image.new("RGBA", (9, 9), (10, 20, 30, 0)), Image.new("L", (9, 9), 255)
    assert np.array_equal(model.encode_pictures([clear]), model.encode_pictures([white]))


def test_another_text_encoder_is_refused(model: IconTextModel, tmp_path: Path) -> None:
    """The error says which one the space was made with."""
    other = Letters()
    other.name = "digits"
    with pytest.raises(CheckpointError, match="letters, not digits"):
        IconTextModel.load(tmp_path, other)
    assert model.dim == 8
