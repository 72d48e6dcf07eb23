"""Draws an icon: glyph to centred mask, and mask with two colours to a picture."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from models.icons.fonts import FAMILIES, Icon, fonts_directory

if TYPE_CHECKING:
    from pathlib import Path

Color = tuple[int, int, int]

BLACK: Color = (0, 0, 0)
WHITE: Color = (255, 255, 255)
_LARGEST_SHARE = 0.94  # of the picture's side that a glyph may cover


def render_mask(icon: Icon, size: int, directory: Path | None = None) -> Image.Image:
    """Return the glyph centred in an 8-bit mask of size x size pixels, 255 where there is ink."""
    folder = directory or fonts_directory()
    scale = next(family.scale for family in FAMILIES if family.name == icon.family)
    text = chr(icon.codepoint)
    em = max(1, round(size * scale))
    font = _font(str(folder / icon.font), em)
    left, top, right, bottom = font.getbbox(text)
    longest = max(right - left, bottom - top)
    if longest > size * _LARGEST_SHARE:
        font = _font(str(folder / icon.font), max(1, int(em * size * _LARGEST_SHARE / longest)))
        left, top, right, bottom = font.getbbox(text)
    mask = Image.new("L", (size, size))
    corner = (round((size - left - right) / 2), round((size - top - bottom) / 2))
    ImageDraw.Draw(mask).text(corner, text, font=font, fill=255)
    return mask


def colorize(mask: Image.Image, ink: Color, paper: Color) -> Image.Image:
    """Return the RGB picture with `ink` where the mask is 255 and `paper` where it is 0."""
    return Image.composite(Image.new("RGB", mask.size, ink), Image.new("RGB", mask.size, paper), mask)


def render_picture(icon: Icon, size: int, ink: Color = BLACK, paper: Color = WHITE) -> Image.Image:
    """Return the icon drawn in `ink` on `paper`, size x size pixels."""
    return colorize(render_mask(icon, size), ink, paper)


@lru_cache(maxsize=64)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
