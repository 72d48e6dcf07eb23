"""Draws histograms of several groups of numbers on one axis, with Pillow alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SIZE = (640, 140)
_BINS = 64


def draw_histograms(groups: Mapping[str, np.ndarray], path: Path) -> None:
    """Write one panel a group; all share the axis from the smallest to the largest number of all."""
    everything = np.concatenate(list(groups.values()))
    low, high = float(everything.min()), float(everything.max())
    width, height = _SIZE
    sheet = Image.new("RGB", (width, height * len(groups)), "white")
    draw = ImageDraw.Draw(sheet)
    for row, (name, values) in enumerate(groups.items()):
        counts, _ = np.histogram(values, _BINS, (low, high or low + 1.0))
        bottom = (row + 1) * height - 2
        tallest = max(1, int(counts.max()))
        for place, count in enumerate(counts):
            left = place * width // _BINS
            top = bottom - int(count) * (height - 30) // tallest
            draw.rectangle([left, top, left + width // _BINS - 2, bottom], fill=(37, 99, 235))
        draw.text((8, row * height + 4), f"{name}: mean {values.mean():.4g}", fill="black")
        draw.text((width - 160, row * height + 4), f"{low:.4g} to {high:.4g}", fill="grey")
    sheet.save(path)
