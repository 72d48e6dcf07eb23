"""Tells the colours that a prompt asks for from its other words, and puts pictures into them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.icons.captions import DARK_PAPERS, INKS, LIGHT_PAPERS, PLAIN, Coloring
from models.vector import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from models.types import TextEncoder

    Pictures = npt.NDArray[np.uint8]

PAPERS = LIGHT_PAPERS | DARK_PAPERS
FAITHFUL = 12.0  # mean error in RGB up to which a picture is one of two colours
_WORD = re.compile(rf"\b({'|'.join(sorted(INKS.keys() | PAPERS.keys()))})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """What a prompt shows, and in which colours; None where colours are told in another way than ours.

    `thing` leaves out how it is drawn, which `words` have too: by style alone, everything bold would be like
    everything bold, and by the thing alone, thin would be like bold. Pictures are looked for by both.
    """

    thing: str
    words: str
    coloring: Coloring | None

    @property
    def texts(self) -> tuple[str, ...]:
        """What pictures are looked for by, each as much as the other."""
        return (self.thing, self.words)


def told(prompt: str) -> Told:
    """Read `horse, bold icon, red on navy` as the thing and its colours, the last part of it.

    An ink alone is on white; no word of a colour at all is black on white, as in the captions that the
    shipped model learned from. Colours elsewhere (`a red horse`) are not told apart: None.
    """
    words, comma, last = prompt.strip().rpartition(",")
    ink, on, paper = last.strip().lower().partition(" on ")
    if comma and words.strip() and ink in INKS and (paper in PAPERS if on else True):
        return Told(_thing(words), words.strip(), Coloring(ink, paper or "white"))
    return Told(_thing(prompt), prompt.strip(), None if _WORD.search(prompt) else PLAIN)


def _thing(words: str) -> str:
    """Return words without the parts between commas that say what kind of icon it is; not all of them."""
    parts = [part.strip() for part in words.split(",")]
    kept = [part for part in parts if not part.lower().endswith("icon")]
    return ", ".join(kept) if any(kept) else words.strip()


def middle(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the unit vector (..., D) in the middle of unit vectors (k, ..., D)."""
    total = vectors.sum(axis=0)
    unit: npt.NDArray[np.float32] = total / np.maximum(np.linalg.norm(total, axis=-1, keepdims=True), 1e-12)
    return unit


def looked_for(encoder: TextEncoder, prompts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return the vectors (B, D) by which pictures are looked for that prompts may begin from or be shown."""
    read = [told(prompt) for prompt in prompts]
    return middle(np.stack([encoder.encode([one.texts[i] for one in read]) for i in range(2)]))


def recolored(pixels: Pictures, coloring: Coloring) -> Pictures | None:
    """Return a picture (H, W, 3) of two colours in other ones, None for a picture of more.

    Raises ValueError for pixels of another shape or type.
    """
    found = split(pixels)
    if np.abs(_mixed(found.cover, found.ink, found.paper) - pixels).mean() > FAITHFUL:
        return None
    return np.asarray(_mixed(found.cover, coloring.ink, coloring.paper).round(), np.uint8)


def _mixed(cover: npt.NDArray[np.float64], ink: tuple[int, ...], paper: tuple[int, ...]) -> np.ndarray:
    share = cover[..., None]
    return np.asarray(share * np.array(ink) + (1 - share) * np.array(paper))
