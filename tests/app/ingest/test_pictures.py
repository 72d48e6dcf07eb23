"""What checking a picture promises."""

from __future__ import annotations

import io
import struct
import zlib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.domain.errors import InvalidInput, TooLarge
from app.ingest.pictures import PictureLimits, verify_picture

LIMITS = PictureLimits(max_bytes=10_000, max_pixels=10_000)


def picture(kind: str, width: int = 8, height: int = 4) -> bytes:
    """Return the bytes of a plain picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 40)).save(out, kind)
    return out.getvalue()


def _header_only(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and has hardly any data."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"")), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
def test_kinds(kind: str, media_type: str) -> None:
    """The kind is read from the bytes, which are kept untouched under their SHA-256."""
    content = picture(kind)
    blob = verify_picture(content, LIMITS)
    assert (blob.digest, blob.media_type, blob.content) == (sha256(content).hexdigest(), media_type, content)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM"])
def test_other_kinds(kind: str) -> None:
    """Any other kind is refused by the field's name."""
    with pytest.raises(InvalidInput, match="PNG, JPEG, WebP or GIF") as refused:
        verify_picture(picture(kind, 16, 16), LIMITS)
    assert refused.value.field == "image.b64"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_cut_off(kind: str) -> None:
    """A picture that ends early is refused although its header is whole."""
    content = picture(kind, 90, 90)
    with pytest.raises(InvalidInput):
        verify_picture(content[: len(content) // 2], LIMITS)


def test_too_many_bytes() -> None:
    """A file over the limit is refused before it is looked at."""
    with pytest.raises(TooLarge) as refused:
        verify_picture(bytes(10_001), LIMITS)
    assert (refused.value.field, refused.value.limit_bytes) == ("image.b64", 10_000)


@pytest.mark.parametrize("side", [101, 12_000, 60_000, 2**31 - 1])
def test_decompression_bomb(side: int) -> None:
    """A picture that claims too many pixels is refused from its header, whatever it claims."""
    with pytest.raises(InvalidInput, match="more than 10000 pixels"):
        verify_picture(_header_only(side, side), LIMITS)


def test_exactly_the_limit() -> None:
    """A picture of just as many pixels as allowed is let in."""
    assert verify_picture(picture("PNG", 100, 100), LIMITS).media_type == "image/png"


@given(st.binary(max_size=200), st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]), st.integers(0, 60))
def test_noise(noise: bytes, kind: str, kept: int) -> None:
    """Noise behind any beginning is taken as a picture or refused as one, never another error."""
    content = picture(kind)[:kept] + noise
    try:
        taken = verify_picture(content, LIMITS).content
    except InvalidInput as refused:
        taken = content if refused.field == "image.b64" else b""
    assert taken == content
