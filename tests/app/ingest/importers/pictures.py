"""Small real pictures for the tests of the importers."""

from __future__ import annotations

import io

from PIL import Image


def picture(level: int = 0, kind: str = "PNG") -> bytes:
    """Return a 4 x 4 grey picture in one of Pillow's formats."""
    file = io.BytesIO()
    Image.new("L", (4, 4), level).save(file, kind)
    return file.getvalue()
