"""Makes small picture files for the tests of what reads them."""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

from PIL import Image

Color = str | tuple[int, ...]


def file(color: Color = "red", size: tuple[int, int] = (8, 6), kind: str = "PNG", mode: str = "RGB") -> bytes:
    """Return a picture file of one colour."""
    target = io.BytesIO()
    Image.new(mode, size, color).save(target, kind)
    return target.getvalue()


def holed(size: tuple[int, int] = (8, 6), hole: tuple[int, int, int, int] = (0, 0, 4, 6)) -> bytes:
    """Return a mask: opaque black with a transparent hole."""
    picture = Image.new("RGBA", size, (0, 0, 0, 255))
    picture.paste((0, 0, 0, 0), hole)
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def drawing(content: bytes) -> ET.Element:
    """Return the root of an SVG file that this service made."""
    return ET.fromstring(content)  # noqa: S314  # ours
