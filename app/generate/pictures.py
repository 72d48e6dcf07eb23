"""Reads the pictures and masks that callers send: checks them, and brings them to the size a model draws."""

from __future__ import annotations

import io
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image

from app.domain.engine import Pixels, Plane
from app.domain.errors import InvalidInput, TooLarge
from app.domain.log import Blob

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
OPAQUE = ("L", "RGB", "YCbCr", "CMYK", "1")


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """The largest picture taken in: its file in bytes, and width times height."""

    max_bytes: int = 20 * 1024 * 1024
    max_pixels: int = 50_000_000


def read_upload(field: str, content: bytes, limits: UploadLimits) -> Blob:
    """Return a picture somebody sent as a blob, bytes untouched; it was decoded once, so it can be again.

    Raises TooLarge over `max_bytes`, InvalidInput for everything else, both naming `field`.
    """
    if len(content) > limits.max_bytes:
        raise TooLarge(field, limits.max_bytes)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            _check_pixels(field, picture, limits)
            picture.load()
            kind = str(picture.format)
    except InvalidInput:
        raise
    except Exception as error:  # hostile bytes make a decoder raise nearly anything
        raise InvalidInput(field, f"not a readable PNG, JPEG, WebP or GIF: {error}") from error
    return Blob(sha256(content).hexdigest(), Image.MIME[kind], content)


def _check_pixels(field: str, picture: Image.Image, limits: UploadLimits) -> None:
    if picture.width * picture.height > limits.max_pixels:
        raise InvalidInput(field, f"the picture has more than {limits.max_pixels} pixels")


def check_mask(mask: Blob, picture: Blob) -> None:
    """Raise InvalidInput naming `mask` unless it has alpha, some of it 0, and the picture's own size."""
    with Image.open(io.BytesIO(mask.content)) as shape, Image.open(io.BytesIO(picture.content)) as whole:
        if shape.size != whole.size:
            raise InvalidInput("mask", f"it is {_by(shape.size)}, and the picture {_by(whole.size)}")
        lowest, _ = shape.convert("RGBA").getchannel("A").getextrema()
        if lowest != 0:
            raise InvalidInput("mask", "nothing in it is transparent, so nothing would be drawn anew")


def pixels_of(content: bytes, size: tuple[int, int]) -> Pixels:
    """Return a picture at the size (width, height) of a model, by Lanczos; transparent places show white."""
    with Image.open(io.BytesIO(content)) as picture:
        flat = _on_white(picture)
    if flat.size != size:
        flat = flat.resize(size, Image.Resampling.LANCZOS)
    return Pixels(*size, flat.tobytes())


def plane_of(content: bytes, size: tuple[int, int]) -> Plane:
    """Return what a mask lets be drawn anew, at the size of a model: 255 where its alpha is 0, else 0."""
    with Image.open(io.BytesIO(content)) as picture:
        alpha = picture.convert("RGBA").getchannel("A").resize(size, Image.Resampling.NEAREST)
    return Plane(*size, alpha.point(lambda value: 255 if value == 0 else 0).tobytes())


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in OPAQUE and "transparency" not in picture.info:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"
