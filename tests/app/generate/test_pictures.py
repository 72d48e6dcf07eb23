"""Uploads are checked once, and brought to the size a model draws."""

from __future__ import annotations

import hashlib

import pytest

from app.domain.engine import Pixels, Plane
from app.domain.errors import InvalidInput, TooLarge
from app.generate.pictures import UploadLimits, check_mask, pixels_of, plane_of, read_upload
from tests.app.generate.files import file, holed

LIMITS = UploadLimits()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_an_upload_is_kept_as_it_came(kind: str) -> None:
    """The blob is the very bytes under their digest, with the kind that they are."""
    content = file(kind=kind)
    blob = read_upload("image", content, LIMITS)
    assert (blob.content, blob.digest) == (content, hashlib.sha256(content).hexdigest())
    assert blob.media_type == f"image/{kind.lower()}"


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", file()[:40], file(kind="BMP")])
def test_what_is_no_picture_is_refused_by_its_field(content: bytes) -> None:
    """Broken, foreign and empty files name the field they were sent in."""
    with pytest.raises(InvalidInput) as refusal:
        read_upload("mask", content, LIMITS)
    assert refusal.value.field == "mask"


def test_limits_are_held() -> None:
    """Too many bytes, or too many pixels, are refused."""
    with pytest.raises(TooLarge, match="image"):
        read_upload("image", file(), UploadLimits(max_bytes=10))
    with pytest.raises(InvalidInput, match="47 pixels"):
        read_upload("image", file(), UploadLimits(max_pixels=47))


def test_a_mask_fits_its_picture_and_opens_something() -> None:
    """Another size is refused, and so is a mask without a transparent place."""
    picture = read_upload("image", file(), LIMITS)
    check_mask(read_upload("mask", holed(), LIMITS), picture)
    for wrong in (holed((8, 8)), file(), file("black", mode="RGBA")):
        with pytest.raises(InvalidInput) as refusal:
            check_mask(read_upload("mask", wrong, LIMITS), picture)
        assert refusal.value.field == "mask"


def test_pixels_are_rgb_at_the_model_s_size_on_white() -> None:
    """Transparent places show white, a plain colour stays itself at any size."""
    assert pixels_of(file((10, 20, 30)), (4, 2)) == Pixels(4, 2, bytes([10, 20, 30] * 8))
    assert pixels_of(file((10, 20, 30, 0), mode="RGBA"), (2, 2)).content == b"\xff" * 12


def test_the_mask_s_hole_is_what_is_drawn() -> None:
    """The transparent left half is 255, the rest 0, whatever the size."""
    assert plane_of(holed(), (4, 2)) == Plane(4, 2, bytes([255, 255, 0, 0] * 2))
