"""The judge: an encoder of pictures and words that was trained apart and that the service never uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from models.checkpoint import digest
from models.encoders.dual import FILES, load_pairing
from models.encoders.minilm import MiniLM
from models.evaluate.styles import strokes
from models.icons import render_picture
from models.pictures import square_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.icons import Icon
    from models.nets.pairing import Pairing
    from models.types import TextEncoder

SHIPPED = Path(__file__).parents[1] / "weights" / "judge"


@dataclass(frozen=True, slots=True)
class Looks:
    """What the judge sees of pictures: its features (N, d), and how thick strokes are, (N, k)."""

    features: np.ndarray
    strokes: np.ndarray

    def take(self, rows: slice | np.ndarray | Sequence[int]) -> Looks:
        """Return the looks of some of the pictures."""
        return Looks(self.features[rows], self.strokes[rows])

    @property
    def both(self) -> np.ndarray:
        """What styles are read off, (N, d + k)."""
        return np.concatenate([self.features, self.strokes], 1)


class Judge:
    """Features for distances and styles, and unit vectors of pictures and words for matching.

    digest: sha256 of its files.
    """

    def __init__(self, net: Pairing, encoder: TextEncoder, digest: str = "") -> None:
        self._net, self.encoder, self.digest = net, encoder, digest

    @classmethod
    def load(cls, folder: Path, encoder: TextEncoder | None = None) -> Judge:
        """Load a folder that `train judge` has packed. Raises FileNotFoundError and CheckpointError."""
        encoder = encoder or MiniLM()
        return cls(load_pairing(folder, encoder), encoder, digest(*(folder / name for name in FILES)))

    def look(self, pictures: np.ndarray) -> Looks:
        """Look at pictures (N, H, W, 3) uint8: features are the last hidden layer."""
        with torch.inference_mode():
            parts = [self._net.tower.inside(seen) for seen in self._seen(pictures)]
        return Looks(torch.cat(parts).double().numpy(), strokes(pictures))

    def pictures(self, features: np.ndarray) -> np.ndarray:
        """Return unit vectors (N, dim) of features (N, d)."""
        with torch.inference_mode():
            rows: np.ndarray = self._net.tower.head(torch.from_numpy(features).float()).numpy()
        unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return unit vectors (N, dim) of texts."""
        with torch.inference_mode():
            return self._net.texts(torch.from_numpy(self.encoder.encode(texts))).numpy()

    def sentences(self, texts: Sequence[str]) -> np.ndarray:
        """Return the text encoder's own unit vectors, by which wording is told alike."""
        return self.encoder.encode(texts)

    def _seen(self, pictures: np.ndarray) -> list[torch.Tensor]:
        size = self._net.shape.size
        starts = range(0, len(pictures), 128)
        return [self._net.tower.features(square_batch(pictures[i : i + 128], size)) for i in starts]


def drawn(icons: Sequence[Icon], size: int = 128) -> np.ndarray:
    """Return icons in black on white, (N, size, size, 3) uint8."""
    return np.stack([np.asarray(render_picture(icon, size)) for icon in icons])
