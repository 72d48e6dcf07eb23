"""Draws what a trained ranker looks at, and how well its scores tell chances, with Pillow alone."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from models.rank.fusing import platt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.rank.lists import Floats

BINS = 10
MOST_FEATURES = 25
BLUE, GREY, BLACK = (37, 99, 235), (200, 200, 200), (20, 20, 20)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Rows in bins of equal size by predicted chance: mean predicted, observed rate, rows; (bins,) each."""

    predicted: Floats
    observed: Floats
    counts: Floats


def calibration(scores: Floats, wanted: Floats) -> Calibration:
    """Return how often rows of alike score were wanted, against a logistic curve through the scores.

    `wanted` (n,) is 1 or more where the row had a grade, weighted by inverse propensity, else 0.
    """
    a, b = platt(scores, wanted)
    chances = 1.0 / (1.0 + np.exp(-(a * scores + b)))
    order = np.argsort(chances, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return Calibration(
        np.array([chances[part].mean() for part in parts]),
        np.array([wanted[part].mean() for part in parts]),
        np.array([float(len(part)) for part in parts]),
    )


def draw_importance(names: Sequence[str], shares: Floats) -> bytes:
    """Return a PNG with one bar a feature, the most important first."""
    order = [place for place in np.argsort(-shares, kind="stable")[:MOST_FEATURES] if shares[place] > 0]
    row, left, width = 18, 220, 640
    sheet = Image.new("RGB", (width, row * max(len(order), 1) + 12), "white")
    draw = ImageDraw.Draw(sheet)
    top = max((float(shares[place]) for place in order), default=1.0)
    for line, place in enumerate(order):
        y = 6 + line * row
        length = (width - left - 60) * float(shares[place]) / top
        draw.text((8, y), names[place][:34], fill=BLACK)
        draw.rectangle((left, y + 2, left + length, y + row - 4), fill=BLUE)
        draw.text((left + length + 6, y), f"{100 * shares[place]:.1f} %", fill=BLACK)
    return _png(sheet)


def draw_calibration(told: Calibration) -> bytes:
    """Return a PNG of observed rates over predicted chances, with the diagonal of a perfect model."""
    size, edge = 420, 40
    sheet = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(sheet)
    top = max(float(told.predicted.max(initial=0.0)), float(told.observed.max(initial=0.0)), 1e-6)

    def place(x: float, y: float) -> tuple[float, float]:
        inner = size - 2 * edge
        return edge + inner * x / top, size - edge - inner * y / top

    draw.line([place(0, 0), place(top, top)], fill=GREY, width=2)
    points = [place(float(x), float(y)) for x, y in zip(told.predicted, told.observed, strict=True)]
    if len(points) > 1:
        draw.line(points, fill=BLUE, width=2)
    for x, y in points:
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=BLUE)
    draw.text((edge, 8), "observed rate over predicted chance", fill=BLACK)
    draw.text((size - edge - 40, size - edge + 8), f"{top:.3g}", fill=BLACK)
    return _png(sheet)


def _png(sheet: Image.Image) -> bytes:
    kept = io.BytesIO()
    sheet.save(kept, "PNG")
    return kept.getvalue()
