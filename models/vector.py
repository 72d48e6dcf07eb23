"""Turns a picture of two colours into SVG: finds ink and paper, traces the ink's outline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

Color = tuple[int, int, int]

# The mask is traced this many times larger: soft edges then place the outline between pixels, and the
# splines, which round corners of their own grid, stay true to strokes of three pixels.
SCALE = 5
_SPECKLE = 2 * SCALE  # the side, at that scale, of what is noise: areas under 4 pixels of the picture
_CORNER = 45  # degrees of turning that stay a corner
_LENGTH = 10.0  # of segments while smoothing, in pixels of the mask; vtracer takes up to 10
_DIGITS = 2
_FAINT = 24.0  # distance in RGB under which a picture has one colour
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PATH = re.compile(r'<path d="([^"]*)"[^>]*transform="translate\(([^,]+),([^)]+)\)"')


@dataclass(frozen=True, slots=True)
class TwoColors:
    """A picture as ink on paper; `cover` is the share of ink in each pixel, (H, W) in [0, 1]."""

    ink: Color
    paper: Color
    cover: np.ndarray


def split(pixels: np.ndarray) -> TwoColors:
    """Find paper and ink of an RGB picture (H, W, 3) uint8.

    Paper is what most of the border is. Ink is what the pixels farthest from the paper are in the
    middle (the median of the far quarter); each pixel's share of ink is its place on the straight
    line between the two, as antialiasing drew it. A picture of one colour has no ink and covers
    nothing. Raises ValueError for pixels of another shape or type.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ValueError(f"pixels are (H, W, 3) uint8, not {pixels.shape} {pixels.dtype}")
    paper = _most_common(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]))
    away = pixels.astype(np.float64) - paper  # (H, W, 3)
    distance = np.sqrt((away**2).sum(2))
    if distance.max() < _FAINT:
        return TwoColors(_color(paper), _color(paper), np.zeros(distance.shape))
    ink = np.median(pixels[distance >= 0.75 * distance.max()], axis=0)
    line = ink - paper
    cover = (away @ line / (line @ line)).clip(0.0, 1.0)
    return TwoColors(_color(ink), _color(paper), cover)


def trace(pixels: np.ndarray, *, transparent: bool = False) -> str:
    """Return an RGB picture (H, W, 3) uint8 of two colours as SVG text.

    One path in the ink's colour, filled by the even-odd rule, in a viewBox of 0 0 W H; under it a
    rectangle of the paper's colour unless `transparent`. The same pixels give the same text. Outlines
    are traced by vtracer as splines. Raises ValueError for pixels of another shape or type.
    """
    found = split(pixels)
    height, width = found.cover.shape
    paper = "" if transparent else f'<path fill="{_hex(found.paper)}" d="M0 0H{width}V{height}H0Z"/>'
    outline = _outline(found.cover)
    ink = f'<path fill="{_hex(found.ink)}" fill-rule="evenodd" d="{outline}"/>' if outline else ""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{paper}{ink}</svg>\n'


def _outline(cover: np.ndarray) -> str:
    """Return path data, in pixels of the picture, around where ink covers half or more."""
    import vtracer

    height, width = cover.shape
    soft = Image.fromarray(cover.astype(np.float32))
    large = soft.resize((width * SCALE, height * SCALE), Image.Resampling.BICUBIC)
    mask = Image.fromarray(np.where(np.asarray(large) >= 0.5, 0, 255).astype(np.uint8))
    file = BytesIO()
    mask.convert("RGB").save(file, "PNG")
    svg = vtracer.convert_raw_image_to_svg(
        file.getvalue(),
        img_format="png",
        colormode="binary",
        mode="spline",
        filter_speckle=_SPECKLE,
        corner_threshold=_CORNER,
        length_threshold=_LENGTH,
        path_precision=_DIGITS,
    )
    return "".join(_moved(*match) for match in _PATH.findall(svg))


def _moved(data: str, left: str, top: str) -> str:
    """Return vtracer's path data (absolute M, L, C, Z) moved by its translation and made small again."""
    offsets = float(left), float(top)
    axes = _alternating()
    parts = []
    for token in data.split():
        letter = token[0] if token[0].isalpha() else ""
        if letter:
            axes = _alternating()  # each command starts with an x
        numbers = [(float(number) + offsets[next(axes)]) / SCALE for number in _NUMBER.findall(token)]
        parts.append(letter + " ".join(f"{number:.{_DIGITS}f}".rstrip("0").rstrip(".") for number in numbers))
    return " ".join(parts)


def _alternating() -> Iterator[int]:
    while True:
        yield 0
        yield 1


def _most_common(colors: np.ndarray) -> np.ndarray:
    """Return the mean of the fullest cell of 8³ cells of RGB, of colors (N, 3); the first on a tie."""
    cells = (colors >> 5).astype(np.int64) @ np.array([64, 8, 1])
    inside = colors[cells == np.bincount(cells).argmax()]
    return np.asarray(inside.mean(0))


def _color(values: np.ndarray) -> Color:
    red, green, blue = (round(value) for value in values.tolist())
    return red, green, blue


def _hex(color: Color) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
