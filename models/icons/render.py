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
    """Return the glyph, its ink centred, as an 8-bit mask of size x size pixels, 255 where there is ink."""
    folder = directory or fonts_directory()
    scale = next(family.scale for family in FAMILIES if family.name == icon.family)
    em = max(1, round(size * scale))
    glyph = _draw(str(folder / icon.font), em, icon.codepoint)
    longest, largest = max(glyph.size), int(size * _LARGEST_SHARE)
    if longest > largest:
        glyph = _draw(str(folder / icon.font), max(1, em * largest // longest), icon.codepoint)
    mask = Image.new("L", (size, size))
    mask.paste(glyph, ((size - glyph.width) // 2, (size - glyph.height) // 2))
    return mask


def _draw(path: str, em: int, codepoint: int) -> Image.Image:
    """Return the glyph cut to its ink. Its origin is kept off the edges, since ink may lie before it."""
    canvas = Image.new("L", (3 * em, 3 * em))
    ImageDraw.Draw(canvas).text((em, em), chr(codepoint), font=_font(path, em), fill=255)
    return canvas.crop(canvas.getbbox() or (0, 0, 1, 1))


def colorize(mask: Image.Image, ink: Color, paper: Color) -> Image.Image:
    """Return the RGB picture with `ink` where the mask is 255 and `paper` where it is 0."""
    return Image.composite(Image.new("RGB", mask.size, ink), Image.new("RGB", mask.size, paper), mask)


def render_picture(icon: Icon, size: int, ink: Color = BLACK, paper: Color = WHITE) -> Image.Image:
    """Return the icon drawn in `ink` on `paper`, size x size pixels."""
    return colorize(render_mask(icon, size), ink, paper)


@lru_cache(maxsize=64)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
