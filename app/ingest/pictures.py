"""Checks a picture that somebody sent, and gives it the name and kind it is stored under."""

from __future__ import annotations

import io
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image

from app.domain.errors import InvalidInput, TooLarge
from app.domain.log import Blob

FIELD = "image.b64"
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """The largest picture taken in: its file in bytes, and width times height."""

    max_bytes: int = 20 * 1024 * 1024
    max_pixels: int = 50_000_000


def verify_picture(content: bytes, limits: PictureLimits) -> Blob:
    """Decode the picture (of an animation, its first frame) and return it as a blob, bytes untouched.

    The size is read from the header and checked before a pixel is decoded. Raises TooLarge over
    `max_bytes`, InvalidInput for everything else that is wrong.
    """
    if len(content) > limits.max_bytes:
        raise TooLarge(FIELD, limits.max_bytes)
    try:
        kind = _decode(content, limits)
    except InvalidInput:
        raise
    except Exception as error:  # hostile bytes make a decoder raise nearly anything
        raise InvalidInput(FIELD, f"not a readable PNG, JPEG, WebP or GIF: {error}") from error
    return Blob(digest=sha256(content).hexdigest(), media_type=Image.MIME[kind], content=content)


def _decode(content: bytes, limits: PictureLimits) -> str:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > limits.max_pixels:
                raise _too_many_pixels(limits)
            picture.load()
            return str(picture.format)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(limits) from error


def _too_many_pixels(limits: PictureLimits) -> InvalidInput:
    return InvalidInput(FIELD, f"the picture has more than {limits.max_pixels} pixels")
