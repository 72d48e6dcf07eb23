"""The icons that a system is shown: the nearest by their words, never the one that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from models.icons import load_icons
from models.train.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Words:
    """Says how many letters a text has of each, as a unit vector."""

    name, dim = "letters", 26

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Count letters."""
        rows = [[text.lower().count(chr(97 + i)) + 1e-6 for i in range(26)] for text in texts]
        counts = np.array(rows, dtype=np.float32)
        unit: np.ndarray = counts / np.linalg.norm(counts, axis=1, keepdims=True)
        return unit


class Coder:
    """Encodes a picture as its mean."""

    neighbours, picture_size = 2, 16

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, pictures: np.ndarray) -> torch.Tensor:
        """Count and encode."""
        self.encoded += len(pictures)
        return torch.from_numpy(pictures.astype(np.float32)).mean((1, 2, 3))[:, None, None, None]


def test_the_nearest_icons_are_shown_but_not_the_one_that_is_asked_for(tmp_path: Path) -> None:
    """Two latents a prompt, each encoded once; with an icon named, those of two others."""
    icons = [icon for icon in load_icons() if icon.concept in {"horse", "alarm", "anchor"} and not icon.brand]
    coder = Coder()
    shelf = Shelf(coder, Words(), icons, tmp_path)  # type: ignore[arg-type]  # what a shelf asks of a system
    prompt = "horse, Phosphor bold icon, black on white"
    first, again = shelf.shown([prompt, prompt])
    assert len(first) == 2
    assert [id(one) for one in first] == [id(one) for one in again]
    assert coder.encoded == 2
    named = next(icon.id for icon in icons if icon.id == "phosphor/horse/bold")
    other = shelf.shown([prompt], [named])[0]
    assert {id(one) for one in other} != {id(one) for one in first}
    assert shelf.shown(["zzzz"]) == [[]]
