"""Reads a picture that a metadata line names, from inside the folder and from nowhere else."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput, TooLarge
from app.domain.log import Blob

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FIELD = "file_name"
MAX_PICTURE_BYTES = 20 * 1024 * 1024
SUFFIXES: Mapping[str, str] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
}


def read_picture(root: Path, name: object, max_bytes: int = MAX_PICTURE_BYTES) -> Blob:
    """Return the picture `name` of the folder `root`, which must be resolved already.

    Raises InvalidInput for a name that leads outside (by `..`, from the root of the disk or through
    a link), for what is no plain file and for bytes of no known kind of picture; TooLarge.
    """
    path = _inside(root, name)
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise InvalidInput(FIELD, f"{name!r} is not a plain file")
        if facts.st_size > max_bytes:
            raise TooLarge(FIELD, max_bytes)
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(FIELD, f"{name!r} cannot be read: {error.strerror}") from error
    return picture_blob(content)


def picture_blob(content: bytes) -> Blob:
    """Return the bytes with their digest and kind. Raises InvalidInput when they are no known picture."""
    media_type = sniff(content)
    if media_type is None:
        raise InvalidInput(FIELD, "the file is no PNG, JPEG, WebP or GIF picture")
    return Blob(hashlib.sha256(content).hexdigest(), media_type, content)


def sniff(content: bytes) -> str | None:
    """Tell a picture's kind from its first bytes, whatever its name says."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return None


def _inside(root: Path, name: object) -> Path:
    if not isinstance(name, str) or not name or "\0" in name:
        raise InvalidInput(FIELD, "a file name is a string that is not empty")
    try:
        path = (root / name).resolve()
    except (OSError, RuntimeError) as error:  # a loop of links
        raise InvalidInput(FIELD, f"{name!r} cannot be followed") from error
    if not path.is_relative_to(root) or path == root:
        raise InvalidInput(FIELD, f"{name!r} leads outside the folder")
    return path
