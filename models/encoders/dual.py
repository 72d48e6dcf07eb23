"""The shipped dual encoder: pictures and words of icons in one space."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import torch

from models.checkpoint import CheckpointError, digest, read_config, read_weights, write_config, write_weights
from models.encoders.minilm import MiniLM
from models.nets.pairing import Pairing
from models.nets.towers import TowerShape
from models.pictures import square

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL.Image import Image

    from models.types import TextEncoder

FILES = ("dual.json", "dual.safetensors")


class IconTextModel:
    """The `DualEncoder` that was trained on icons and their captions.

    name: what it is called. dim: floats a vector. digest: sha256 of its files. Every picture is a call
    of its own and rows of texts do not feel their number, so equal input gives equal bits whoever
    shares the batch. May be called from several threads.
    """

    def __init__(self, net: Pairing, encoder: TextEncoder, *, name: str, digest: str) -> None:
        self.name, self.digest, self.dim = name, digest, net.shape.dim
        self._net, self._encoder = net, encoder

    @classmethod
    def load(cls, directory: Path, encoder: TextEncoder | None = None) -> IconTextModel:
        """Load a folder with dual.json and dual.safetensors; `encoder` shares a loaded text encoder.

        Raises FileNotFoundError for a missing file and CheckpointError for one that is not what it
        should be.
        """
        encoder = encoder or MiniLM()
        net = load_pairing(directory, encoder)
        name = str(read_config(directory / FILES[0])["name"])
        return cls(net, encoder, name=name, digest=digest(*(directory / file for file in FILES)))

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (len(texts), dim) float32 rows of unit length."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        with torch.inference_mode():
            return self._net.texts(torch.from_numpy(self._encoder.encode(texts))).numpy()

    def encode_pictures(self, pictures: Sequence[Image]) -> np.ndarray:
        """Return (len(pictures), dim) float32 rows of unit length; pictures of any size and mode."""
        rows = np.zeros((len(pictures), self.dim), dtype=np.float32)
        with torch.inference_mode():
            for i, picture in enumerate(pictures):
                rows[i] = self._net.pictures(square(picture, self._net.shape.size)[None])[0].numpy()
        return rows


def load_pairing(folder: Path, encoder: TextEncoder) -> Pairing:
    """Read what `save_pairing` wrote; `encoder` must be the one it was trained with.

    Raises FileNotFoundError for a missing file and CheckpointError for one that is not what it should be.
    """
    config = read_config(folder / FILES[0])
    if encoder.name != config["text_encoder"]:
        raise CheckpointError(f"{folder.name} was trained with {config['text_encoder']}, not {encoder.name}")
    net = Pairing(TowerShape(**config["tower"]), encoder.dim, int(config["hidden"]))
    try:
        net.load_state_dict(read_weights(folder / FILES[1]))
    except RuntimeError as error:
        raise CheckpointError(f"{FILES[1]} does not fit its configuration: {error}") from error
    return net.eval().requires_grad_(requires_grad=False)


def save_pairing(net: Pairing, folder: Path, *, name: str, text_encoder: str) -> None:
    """Write dual.safetensors in half precision beside dual.json."""
    folder.mkdir(parents=True, exist_ok=True)
    write_weights(folder / FILES[1], net.state_dict(), torch.float16)
    config = {"name": name, "text_encoder": text_encoder, "tower": asdict(net.shape), "hidden": net.hidden}
    write_config(folder / FILES[0], config)
