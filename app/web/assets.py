"""Holds the files of the page in memory, each with its kind and the tag that tells its content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

INDEX = "index.html"
MEDIA_TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent. `etag` is quoted, as the header wants it."""

    content: bytes
    media_type: str
    etag: str


@cache
def load_assets() -> Mapping[str, Asset]:
    """Return the files of the page by name, read once a process; no other name is ever opened."""
    folder = files("app.web") / "static"
    found = [file for file in folder.iterdir() if file.name.rpartition(".")[2] in MEDIA_TYPES]
    return {file.name: _asset(file.name, file.read_bytes()) for file in found}


def _asset(name: str, content: bytes) -> Asset:
    digest = hashlib.sha256(content).hexdigest()[:32]
    return Asset(content, MEDIA_TYPES[name.rpartition(".")[2]], f'"{digest}"')
