"""Files have the pixels they were given, carry their receipt, and are the same every time."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from app.domain.engine import Pixels
from app.generate.encode import format_named, read_receipt, resampled
from models.exported import registry

RECEIPT = json.dumps({"prompt": "a \u99ac \U0001f40e " * 800, "seed": 2**63 - 1})
NOISE = np.random.default_rng(5).integers(0, 256, (16, 16, 3), dtype=np.uint8)
PICTURE = Image.fromarray(NOISE)


def opened(content: bytes) -> np.ndarray:
    """Return a file's pixels."""
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("name", ["png", "webp"])
def test_lossless_files_have_the_pixels_and_the_receipt(name: str) -> None:
    """PNG, and WebP at 100, give back every pixel and the whole receipt, however long and foreign."""
    content = format_named(name).encode(PICTURE, 100, RECEIPT)
    assert (opened(content) == NOISE).all()
    assert read_receipt(content) == json.loads(RECEIPT)


def test_png_keeps_the_receipt_in_an_itxt_chunk() -> None:
    """Any reader of PNG text finds it under `trouvere`."""
    content = format_named("png").encode(PICTURE, 100, '{"seed":1}')
    assert b"iTXttrouvere\x00" in content


@pytest.mark.parametrize("name", ["jpeg", "webp"])
def test_compression_trades_size_for_fidelity(name: str) -> None:
    """Quality 95 is nearer to the picture than 10, and larger."""
    smooth = Image.fromarray(np.linspace(0, 255, 64 * 64 * 3).reshape(64, 64, 3).astype(np.uint8))
    high, low = (format_named(name).encode(smooth, quality, None) for quality in (95, 10))
    errors = [np.abs(opened(file).astype(int) - np.asarray(smooth)).mean() for file in (high, low)]
    assert errors[0] < errors[1]
    assert len(high) > len(low)


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_equal_pictures_are_equal_files(name: str) -> None:
    """Encoding twice gives the same bytes, of the media type the format names."""
    form = format_named(name)
    assert form.encode(PICTURE, 100, RECEIPT) == form.encode(PICTURE, 100, RECEIPT)
    assert form.media_type == f"image/{name}"
    assert name in registry("formats")


def test_files_without_a_receipt_say_none() -> None:
    """JPEG carries none, nor does a preview, nor a file of somebody else with other words in it."""
    assert read_receipt(format_named("jpeg").encode(PICTURE, 90, RECEIPT)) is None
    assert read_receipt(format_named("png").encode(PICTURE, 100, None)) is None
    assert read_receipt(format_named("webp").encode(PICTURE, 100, "a holiday")) is None


def test_native_size_is_untouched_and_others_are_resampled() -> None:
    """At its own size the picture's pixels are the model's; doubled, a plain colour stays itself."""
    pixels = Pixels(16, 16, NOISE.tobytes())
    assert resampled(pixels, 16, 16).tobytes() == NOISE.tobytes()
    plain = resampled(Pixels(2, 1, bytes([10, 20, 30] * 2)), 4, 2)
    assert plain.size == (4, 2)
    assert plain.tobytes() == bytes([10, 20, 30] * 8)
