"""Encodes pixels into picture files that carry their receipt, and reads the receipt back."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from PIL import Image, PngImagePlugin

from models.exported import exported, find

if TYPE_CHECKING:
    from app.domain.engine import Pixels

RECEIPT_KEY = "trouvere"
IMAGE_DESCRIPTION = 0x010E  # the EXIF tag that holds the receipt in WebP


class Format(Protocol):
    """A kind of picture file; equal arguments give equal bytes."""

    media_type: ClassVar[str]

    @staticmethod
    def encode(picture: Image.Image, compression: int, receipt: str | None) -> bytes:
        """Return the file. `compression` is quality, 0 to 100; `receipt` is JSON in ASCII."""
        ...


def format_named(name: str) -> Format:
    """Return the exported format of that name. Raises UnknownNameError."""
    return cast("Format", find("formats", name))


@exported("formats", "png")
class Png:
    """Lossless, with the receipt in an iTXt chunk `trouvere`."""

    media_type: ClassVar[str] = "image/png"

    @staticmethod
    def encode(picture: Image.Image, compression: int, receipt: str | None) -> bytes:  # noqa: ARG004  # lossless
        """Return a PNG file."""
        notes = PngImagePlugin.PngInfo()
        if receipt is not None:
            notes.add_itxt(RECEIPT_KEY, receipt)
        return _saved(picture, "PNG", pnginfo=notes)


@exported("formats", "jpeg")
class Jpeg:
    """Lossy at the given quality, without a receipt inside."""

    media_type: ClassVar[str] = "image/jpeg"

    @staticmethod
    def encode(picture: Image.Image, compression: int, receipt: str | None) -> bytes:  # noqa: ARG004  # no room for 64 KiB
        """Return a baseline JPEG file; colours are not subsampled at quality 90 and above."""
        return _saved(picture, "JPEG", quality=compression, subsampling=0 if compression >= 90 else 2)


@exported("formats", "webp")
class Webp:
    """Lossless at 100, lossy below, with the receipt in EXIF ImageDescription."""

    media_type: ClassVar[str] = "image/webp"

    @staticmethod
    def encode(picture: Image.Image, compression: int, receipt: str | None) -> bytes:
        """Return a WebP file."""
        notes = Image.Exif()
        if receipt is not None:
            notes[IMAGE_DESCRIPTION] = receipt
        return _saved(picture, "WEBP", quality=compression, lossless=compression == 100, exif=notes.tobytes())


def resampled(pixels: Pixels, width: int, height: int) -> Image.Image:
    """Return the picture at this size, by Lanczos where it is not its own (Pillow's filter, 3 lobes)."""
    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.content)
    size = (width, height)
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def read_receipt(content: bytes) -> dict[str, Any] | None:
    """Return the receipt inside a file that `encode` made, None when there is none."""
    with Image.open(io.BytesIO(content)) as picture:
        text = picture.info.get(RECEIPT_KEY) or picture.getexif().get(IMAGE_DESCRIPTION)
    try:
        receipt = json.loads(text) if text else None
    except ValueError:
        return None
    return receipt if isinstance(receipt, dict) else None


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()
