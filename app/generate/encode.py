"""Encodes pixels into picture files that carry their receipt, and reads the receipt back."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image, PngImagePlugin

from app.generate.matte import without_paper
from models.exported import exported, find
from models.vector import trace

if TYPE_CHECKING:
    from app.domain.engine import Pixels

RECEIPT_KEY = "trouvere"
IMAGE_DESCRIPTION = 0x010E  # the EXIF tag that holds the receipt in WebP
SVG = "image/svg+xml"
_METADATA = "{http://www.w3.org/2000/svg}metadata"


@dataclass(frozen=True, slots=True)
class Finish:
    """How a picture is delivered: its size in pixels, its quality (0 to 100), with or without its paper."""

    width: int
    height: int
    compression: int = 100
    is_transparent: bool = False


class Format(Protocol):
    """A kind of picture file; equal arguments give equal bytes."""

    media_type: ClassVar[str]
    has_alpha: ClassVar[bool]
    is_lossy: ClassVar[bool]
    is_vector: ClassVar[bool]

    @staticmethod
    def encode(picture: Image.Image, finish: Finish, receipt: str | None) -> bytes:
        """Return the file of a picture as `delivered` gives it; `receipt` is JSON in ASCII."""
        ...


def format_named(name: str) -> Format:
    """Return the exported format of that name. Raises UnknownNameError."""
    return cast("Format", find("formats", name))


@exported("formats", "png")
class Png:
    """Lossless, with the receipt in an iTXt chunk `trouvere`."""

    media_type: ClassVar[str] = "image/png"
    has_alpha: ClassVar[bool] = True
    is_lossy: ClassVar[bool] = False
    is_vector: ClassVar[bool] = False

    @staticmethod
    def encode(picture: Image.Image, finish: Finish, receipt: str | None) -> bytes:  # noqa: ARG004  # lossless
        """Return a PNG file."""
        notes = PngImagePlugin.PngInfo()
        if receipt is not None:
            notes.add_itxt(RECEIPT_KEY, receipt)
        return _saved(picture, "PNG", pnginfo=notes)


@exported("formats", "jpeg")
class Jpeg:
    """Lossy at the given quality, without a receipt inside."""

    media_type: ClassVar[str] = "image/jpeg"
    has_alpha: ClassVar[bool] = False
    is_lossy: ClassVar[bool] = True
    is_vector: ClassVar[bool] = False

    @staticmethod
    def encode(picture: Image.Image, finish: Finish, receipt: str | None) -> bytes:  # noqa: ARG004  # no room for 64 KiB
        """Return a baseline JPEG file; colours are not subsampled at quality 90 and above."""
        quality = finish.compression
        return _saved(picture, "JPEG", quality=quality, subsampling=0 if quality >= 90 else 2)


@exported("formats", "webp")
class Webp:
    """Lossless at 100, lossy below, with the receipt in EXIF ImageDescription."""

    media_type: ClassVar[str] = "image/webp"
    has_alpha: ClassVar[bool] = True
    is_lossy: ClassVar[bool] = True
    is_vector: ClassVar[bool] = False

    @staticmethod
    def encode(picture: Image.Image, finish: Finish, receipt: str | None) -> bytes:
        """Return a WebP file."""
        notes = Image.Exif()
        if receipt is not None:
            notes[IMAGE_DESCRIPTION] = receipt
        quality = finish.compression
        return _saved(picture, "WEBP", quality=quality, lossless=quality == 100, exif=notes.tobytes())


@exported("formats", "svg")
class Svg:
    """Outlines of ink on paper, traced from the picture as it was drawn; the receipt is its metadata."""

    media_type: ClassVar[str] = SVG
    has_alpha: ClassVar[bool] = True
    is_lossy: ClassVar[bool] = False
    is_vector: ClassVar[bool] = True

    @staticmethod
    def encode(picture: Image.Image, finish: Finish, receipt: str | None) -> bytes:
        """Return an SVG file whose width and height are those of the finish."""
        drawn = trace(np.asarray(picture.convert("RGB")), transparent=finish.is_transparent)
        size = f' width="{finish.width}" height="{finish.height}"'
        head, start, rest = drawn.partition(">")
        notes = "" if receipt is None else f'<metadata id="{RECEIPT_KEY}">{escape(receipt)}</metadata>'
        return f"{head}{size}{start}{notes}{rest}".encode()


def delivered(form: Format, pixels: Pixels, finish: Finish) -> Image.Image:
    """Return the picture as a file of this format holds it: RGB, or RGBA without its paper.

    Another size is reached by Lanczos (Pillow's filter, 3 lobes). A vector format is traced from
    the picture as it was drawn, whatever its size.
    """
    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.content)
    if form.is_vector:
        return picture
    size = (finish.width, finish.height)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return Image.fromarray(without_paper(np.asarray(picture))) if finish.is_transparent else picture


def read_receipt(content: bytes) -> dict[str, Any] | None:
    """Return the receipt inside a file that `encode` made, None when there is none."""
    text = _svg_notes(content) if content.startswith(b"<svg") else _picture_notes(content)
    try:
        receipt = json.loads(text) if text else None
    except ValueError:
        return None
    return receipt if isinstance(receipt, dict) else None


def _picture_notes(content: bytes) -> str | None:
    with Image.open(io.BytesIO(content)) as picture:
        notes: str | None = picture.info.get(RECEIPT_KEY) or picture.getexif().get(IMAGE_DESCRIPTION)
        return notes


def _svg_notes(content: bytes) -> str | None:
    if b"<!" in content:  # no document type, so no entities either
        return None
    try:
        notes = ET.fromstring(content).find(_METADATA)  # noqa: S314  # refused above what makes it unsafe
    except ET.ParseError:
        return None
    return None if notes is None else notes.text


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()
