"""Separates a picture from its paper: what is drawn becomes opaque, what it was drawn on transparent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.vector import split

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

FAINT = 0.04  # shares of ink nearer than this to 0 or to 1 are the decoder's grain
TWO_COLORS = 4.0  # mean error, of 255, below which ink on paper explains the picture
NEAR, FAR = 12.0, 60.0  # distances in RGB from the paper, where many colours begin and where they are solid


def without_paper(pixels: Pixels) -> Pixels:
    """Return RGBA (H, W, 4) of an RGB picture (H, W, 3) uint8: laid on its own paper it is the picture again.

    Paper is what most of the border is. A picture of ink on paper gets the ink's colour everywhere and
    the share of ink as alpha, so that no fringe of the old paper shows on a new one. One of more colours
    is opaque by its distance from the paper; there the paper's part is taken out of each colour:
    I = a·F + (1 - a)·P (Porter and Duff 1984), solved for F. Raises ValueError for another shape or type.
    """
    found = split(pixels)
    paper, ink = np.array(found.paper, np.float64), np.array(found.ink, np.float64)
    cover = ((found.cover - FAINT) / (1 - 2 * FAINT)).clip(0.0, 1.0)  # (H, W)
    laid = paper + cover[..., None] * (ink - paper)
    if np.abs(laid - pixels).mean() <= TWO_COLORS:
        return _rgba(np.broadcast_to(ink, pixels.shape), cover)
    distance = np.sqrt(((pixels - paper) ** 2).sum(2))
    alpha = ((distance - NEAR) / (FAR - NEAR)).clip(0.0, 1.0)
    color = (pixels - (1 - alpha[..., None]) * paper) / np.maximum(alpha[..., None], 1e-6)
    return _rgba(color.clip(0.0, 255.0), alpha)


def _rgba(color: npt.NDArray[np.float64], alpha: npt.NDArray[np.float64]) -> Pixels:
    whole = np.concatenate([color, 255.0 * alpha[..., None]], axis=2).round().astype(np.uint8)
    whole[whole[..., 3] == 0] = 0  # what cannot be seen has no colour to be compressed
    return whole
