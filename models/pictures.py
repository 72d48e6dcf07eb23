"""Brings pictures of any size and mode to the square RGB that networks read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from torch import Tensor


def opaque(picture: Image.Image) -> Image.Image:
    """Return the picture as RGB; what is transparent is seen on white, as pages show it."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    paper = layered.copy()
    paper.paste((255, 255, 255, 255), (0, 0, *layered.size))
    paper.alpha_composite(layered)
    return paper.convert("RGB")


def square(picture: Image.Image, size: int) -> Tensor:
    """Return (3, size, size) float in [-1, 1]: the whole picture, centred on white, as large as fits."""
    fitted = ImageOps.contain(opaque(picture), (size, size), Image.Resampling.BILINEAR)
    paper = Image.new("RGB", (size, size), "white")
    paper.paste(fitted, ((size - fitted.width) // 2, (size - fitted.height) // 2))
    return torch.from_numpy(np.asarray(paper).copy()).permute(2, 0, 1).float() / 127.5 - 1.0


def square_batch(pictures: np.ndarray, size: int) -> Tensor:
    """Return (N, 3, size, size) in [-1, 1] of square pictures (N, H, H, 3) uint8."""
    return torch.stack([square(Image.fromarray(picture), size) for picture in pictures])
