"""Draws the loss curves of a run as a picture, with Pillow alone."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from pathlib import Path

_SIZE = (640, 200)


def read_log(path: Path) -> dict[str, list[float]]:
    """Return each logged term as its values in order of steps; rows repeated by a resume count once."""
    rows: dict[int, dict[str, float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        row = json.loads(line)
        rows[int(row["step"])] = row
    names = dict.fromkeys(name for row in rows.values() for name in row if name != "step")
    return {name: [rows[s][name] for s in sorted(rows) if name in rows[s]] for name in names}


def draw_curves(log: Path, picture: Path) -> None:
    """Write one panel a term, logarithmic where all its values are positive."""
    terms = {name: values for name, values in read_log(log).items() if len(values) > 1}
    if not terms:
        return
    width, height = _SIZE
    sheet = Image.new("RGB", (width, height * len(terms)), "white")
    draw = ImageDraw.Draw(sheet)
    for row, (name, values) in enumerate(terms.items()):
        top = row * height
        draw.line(_points(smooth(values), top), fill=(37, 99, 235), width=2)
        draw.text((8, top + 4), f"{name}: {values[0]:.4g} to {values[-1]:.4g}", fill="black")
        draw.line([(0, top + height - 1), (width, top + height - 1)], fill=(200, 200, 200))
    sheet.save(picture)


def draw_lines(lines: dict[str, list[float]], picture: Path) -> None:
    """Write one panel a line, from its first value to its last, with the values below their points."""
    width, height = _SIZE
    sheet = Image.new("RGB", (width, height * len(lines)), "white")
    draw = ImageDraw.Draw(sheet)
    for row, (name, values) in enumerate(lines.items()):
        points = _points(values, row * height)
        draw.line(points, fill=(37, 99, 235), width=2)
        draw.text((8, row * height + 4), name, fill="black")
        for (x, y), value in zip(points, values, strict=True):
            draw.text((min(x, width - 40), min(y, (row + 1) * height - 14)), f"{value:.3f}", fill="black")
    sheet.save(picture)


def smooth(values: list[float], keep: float = 0.9) -> list[float]:
    """Return the exponential moving average of the values."""
    result = [values[0]]
    for value in values[1:]:
        result.append(keep * result[-1] + (1.0 - keep) * value)
    return result


def _points(values: list[float], top: int) -> list[tuple[float, float]]:
    width, height = _SIZE
    scaled = [math.log(v) for v in values] if min(values) > 0 else values
    low, high = min(scaled), max(scaled)
    span = (high - low) or 1.0
    return [
        (i * width / (len(scaled) - 1), top + 20 + (height - 30) * (high - v) / span)
        for i, v in enumerate(scaled)
    ]
