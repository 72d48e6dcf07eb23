"""Pictures of any size and mode as networks read them."""

from __future__ import annotations

import torch
from PIL import Image

from models.pictures import opaque, square


def test_what_is_transparent_is_white() -> None:
    """Alpha is laid on white; a picture without alpha stays as it is."""
    half = Image.new("RGBA", (1, 1), (0, 0, 0, 128))
    assert opaque(half).getpixel((0, 0)) == (127, 127, 127)
    assert opaque(Image.new("L", (1, 1), 7)).getpixel((0, 0)) == (7, 7, 7)


def test_the_whole_picture_is_centred_on_white() -> None:
    """A wide black picture becomes a black band over the middle rows."""
    found = square(Image.new("RGB", (40, 20)), 8)
    assert found.shape == (3, 8, 8)
    assert torch.equal(found[:, 2:6], torch.full((3, 4, 8), -1.0))
    assert torch.equal(found[:, :2], torch.full((3, 2, 8), 1.0))
