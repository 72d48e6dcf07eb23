"""Draws a picture of the collection as outlines."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from app.domain.log import Blob
from app.generate.encode import SVG
from app.generate.pictures import pixels_of
from models.vector import trace

if TYPE_CHECKING:
    from app.domain.engine import Pixels

LONGEST = 256  # pixels a side that are traced: outlines of icons gain nothing from more


def traced(picture: Blob, *, transparent: bool) -> Blob:
    """Return a picture's outlines as SVG: ink on paper, or ink alone; equal bytes give equal bytes."""
    if picture.media_type == SVG:
        return picture
    pixels = _small(picture.content)
    rows = np.frombuffer(pixels.content, np.uint8).reshape(pixels.height, pixels.width, 3)
    content = trace(rows, transparent=transparent).encode()
    return Blob(sha256(content).hexdigest(), SVG, content)


def _small(content: bytes) -> Pixels:
    with Image.open(io.BytesIO(content)) as picture:
        width, height = picture.size
    share = min(1.0, LONGEST / max(width, height))
    return pixels_of(content, (max(1, round(width * share)), max(1, round(height * share))))
