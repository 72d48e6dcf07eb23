"""Measures on icons it was never trained on whether a dual encoder matches captions and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image, ImageDraw

from models.encoders import MiniLM
from models.icons import load_icons, render_picture
from models.icons.captions import PLAIN, caption
from models.pictures import square
from models.train.data import held_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from models.icons import Icon
    from models.nets.pairing import Pairing
    from models.types import TextEncoder

AMONG = 100


@dataclass(frozen=True, slots=True)
class Matching:
    """Shares of held-out icons, each judged among `AMONG` of distinct concepts.

    first, five: its full caption finds its picture first, or among the first five. concept: its picture
    finds its bare title first. rows: icons judged.
    """

    first: float
    five: float
    concept: float
    rows: int

    def __str__(self) -> str:
        return (
            f"caption to picture among {AMONG} held-out icons: R@1 {self.first:.3f}, R@5 {self.five:.3f}; "
            f"picture to title: {self.concept:.3f} ({self.rows} icons)"
        )


def distinct_held_out() -> list[Icon]:
    """Return held-out icons, no logos, one a title, in a fixed mixed order."""
    icons = {i.title: i for i in load_icons() if held_out(i) and not i.brand}
    order = np.random.default_rng(0).permutation(len(icons))
    listed = list(icons.values())
    return [listed[place] for place in order]


def picture_vectors(net: Pairing, icons: Sequence[Icon]) -> Tensor:
    """Return unit vectors (N, dim) of icons in black on white."""
    pictures = torch.stack([square(render_picture(icon, 128), net.shape.size) for icon in icons])
    with torch.inference_mode():
        return torch.cat([net.pictures(part) for part in torch.split(pictures, 64)])


def text_vectors(net: Pairing, texts: Sequence[str], encoder: TextEncoder) -> Tensor:
    """Return unit vectors (N, dim) of texts."""
    with torch.inference_mode():
        return net.texts(torch.from_numpy(encoder.encode(texts)))


def measure_matching(net: Pairing, groups: int = 5, encoder: TextEncoder | None = None) -> Matching:
    """Judge `groups` times `AMONG` held-out icons."""
    net.eval()
    encoder = encoder or MiniLM()
    icons = distinct_held_out()
    groups = min(groups, len(icons) // AMONG)
    icons = icons[: groups * AMONG]
    seen = picture_vectors(net, icons).reshape(groups, AMONG, -1)
    told, named = (
        text_vectors(net, texts, encoder).reshape(groups, AMONG, -1)
        for texts in ([caption(icon, PLAIN) for icon in icons], [icon.title for icon in icons])
    )
    right = torch.arange(AMONG)[None, :, None]
    found = (told @ seen.mT).argsort(dim=2, descending=True)  # (groups, captions, pictures)
    concept = (seen @ named.mT).argmax(dim=2) == right[..., 0]
    return Matching(
        float((found[..., :1] == right).any(2).float().mean()),
        float((found[..., :5] == right).any(2).float().mean()),
        float(concept.float().mean()),
        len(icons),
    )


def draw_matches(
    net: Pairing, path: Path, rows: int = 8, columns: int = 10, encoder: TextEncoder | None = None
) -> None:
    """Write a row for each of a few held-out captions: the caption, its own picture, and those nearest."""
    icons = distinct_held_out()[: 2 * AMONG]
    captions = [caption(icon, PLAIN) for icon in icons[:rows]]
    nearest = text_vectors(net, captions, encoder or MiniLM()) @ picture_vectors(net, icons).T
    side, gap = 64, 14
    sheet = Image.new("RGB", ((columns + 1) * side, rows * (side + gap)), "white")
    draw = ImageDraw.Draw(sheet)
    for row, order in enumerate(nearest.argsort(dim=1, descending=True)):
        top = row * (side + gap)
        draw.text((2, top + 1), captions[row], fill="black")
        for column, place in enumerate([row, *order[:columns].tolist()]):
            sheet.paste(render_picture(icons[place], side), (column * side, top + gap))
    sheet.save(path)
