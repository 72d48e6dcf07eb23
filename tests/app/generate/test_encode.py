"""Files have the pixels they were given, carry their receipt, and are the same every time."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from app.domain.engine import Pixels
from app.generate.encode import Finish, delivered, format_named, read_receipt
from models.exported import registry
from tests.app.generate.files import drawing

RECEIPT = json.dumps({"prompt": "a \u99ac \U0001f40e " * 800, "seed": 2**63 - 1})
NOISE = np.random.default_rng(5).integers(0, 256, (16, 16, 3), dtype=np.uint8)
PICTURE = Image.fromarray(NOISE)
WHOLE = Finish(16, 16)


def opened(content: bytes) -> np.ndarray:
    """Return a file's pixels."""
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("name", ["png", "webp"])
def test_lossless_files_have_the_pixels_and_the_receipt(name: str) -> None:
    """PNG, and WebP at 100, give back every pixel and the whole receipt, however long and foreign."""
    content = format_named(name).encode(PICTURE, WHOLE, RECEIPT)
    assert (opened(content) == NOISE).all()
    assert read_receipt(content) == json.loads(RECEIPT)


def test_png_keeps_the_receipt_in_an_itxt_chunk() -> None:
    """Any reader of PNG text finds it under `trouvere`."""
    content = format_named("png").encode(PICTURE, WHOLE, '{"seed":1}')
    assert b"iTXttrouvere\x00" in content


@pytest.mark.parametrize("name", ["jpeg", "webp"])
def test_compression_trades_size_for_fidelity(name: str) -> None:
    """Quality 95 is nearer to the picture than 10, and larger."""
    smooth = Image.fromarray(np.linspace(0, 255, 64 * 64 * 3).reshape(64, 64, 3).astype(np.uint8))
    high, low = (format_named(name).encode(smooth, Finish(64, 64, quality), None) for quality in (95, 10))
    errors = [np.abs(opened(file).astype(int) - np.asarray(smooth)).mean() for file in (high, low)]
    assert errors[0] < errors[1]
    assert len(high) > len(low)


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_equal_pictures_are_equal_files(name: str) -> None:
    """Encoding twice gives the same bytes, of the media type the format names."""
    form = format_named(name)
    assert form.encode(PICTURE, WHOLE, RECEIPT) == form.encode(PICTURE, WHOLE, RECEIPT)
    assert form.media_type == f"image/{name}"
    assert name in registry("formats")


def test_files_without_a_receipt_say_none() -> None:
    """JPEG carries none, nor does a preview, nor a file of somebody else with other words in it."""
    assert read_receipt(format_named("jpeg").encode(PICTURE, Finish(16, 16, 90), RECEIPT)) is None
    assert read_receipt(format_named("png").encode(PICTURE, WHOLE, None)) is None
    assert read_receipt(format_named("webp").encode(PICTURE, WHOLE, "a holiday")) is None


def test_native_size_is_untouched_and_others_are_resampled() -> None:
    """At its own size the picture's pixels are the model's; doubled, a plain colour stays itself."""
    pixels, png = Pixels(16, 16, NOISE.tobytes()), format_named("png")
    assert delivered(png, pixels, WHOLE).tobytes() == NOISE.tobytes()
    plain = delivered(png, Pixels(2, 1, bytes([10, 20, 30] * 2)), Finish(4, 2))
    assert plain.size == (4, 2)
    assert plain.tobytes() == bytes([10, 20, 30] * 8)


def inked() -> Pixels:
    """Return a blue square in the middle of cream paper, 32 x 32."""
    rows = np.full((32, 32, 3), (254, 243, 210), np.uint8)
    rows[8:24, 8:24] = (37, 99, 235)
    return Pixels(32, 32, rows.tobytes())


@pytest.mark.parametrize("name", ["png", "webp"])
def test_paper_can_be_left_out(name: str) -> None:
    """What was drawn is opaque in its own colour, and the paper is transparent, at any size."""
    form, finish = format_named(name), Finish(64, 64, is_transparent=True)
    content = form.encode(delivered(form, inked(), finish), finish, RECEIPT)
    with Image.open(io.BytesIO(content)) as picture:
        shown = np.asarray(picture.convert("RGBA"))
    assert shown.shape == (64, 64, 4)
    assert (shown[32, 32] == (37, 99, 235, 255)).all()
    assert (shown[:14, :, 3] == 0).all()
    assert read_receipt(content) == json.loads(RECEIPT)


def test_svg_is_outlines_at_the_size_asked_for() -> None:
    """Ink is one path, paper a rectangle that can be left out; the size is in width and height alone."""
    form = format_named("svg")
    for is_transparent, num_paths in ((False, 2), (True, 1)):
        finish = Finish(256, 256, is_transparent=is_transparent)
        content = form.encode(delivered(form, inked(), finish), finish, RECEIPT)
        root = drawing(content)
        assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("256", "256", "0 0 32 32")
        paths = root.findall("{http://www.w3.org/2000/svg}path")
        assert len(paths) == num_paths
        assert paths[-1].get("fill") == "#2563eb"
        assert read_receipt(content) == json.loads(RECEIPT)


def test_a_drawing_that_brings_entities_is_not_read() -> None:
    """An SVG with a document type, or one that ends midway, has no receipt as far as we care."""
    notes = '<metadata id="trouvere">&x;</metadata>'
    hostile = f'<svg xmlns="http://www.w3.org/2000/svg"><!DOCTYPE x [<!ENTITY x "1">]>{notes}</svg>'
    assert read_receipt(hostile.encode()) is None
    assert read_receipt(b"<svg") is None
    assert read_receipt(b'<svg xmlns="http://www.w3.org/2000/svg"/>') is None
