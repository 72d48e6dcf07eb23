"""Pictures are read from inside the folder only, and only when they are pictures."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InvalidInput, TooLarge
from app.ingest.importers.pictures import SUFFIXES, read_picture
from tests.app.ingest.importers.pictures import picture

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a picture in a subfolder, and a picture beside the folder."""
    inside = tmp_path / "in"
    (inside / "sub").mkdir(parents=True)
    (inside / "sub" / "a.png").write_bytes(picture())
    (tmp_path / "secret.png").write_bytes(picture())
    (tmp_path / "in-too").mkdir()
    (tmp_path / "in-too" / "b.png").write_bytes(picture())
    return inside.resolve()


def test_reads(folder: Path) -> None:
    """A picture comes with its digest and kind, also through a link that stays inside."""
    (folder / "link.png").symlink_to("sub/a.png")
    for name in ("sub/a.png", "link.png", "sub/../sub/a.png"):
        blob = read_picture(folder, name)
        assert (blob.media_type, blob.content) == ("image/png", picture())
        assert blob.digest == hashlib.sha256(picture()).hexdigest()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_kind_is_told_by_content(folder: Path, kind: str) -> None:
    """The bytes decide what a picture is, not its name."""
    (folder / "x.txt").write_bytes(picture(kind=kind))
    media_type = read_picture(folder, "x.txt").media_type
    assert media_type == f"image/{kind.lower()}"
    assert media_type in SUFFIXES


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "sub/../../secret.png",
        "/etc/passwd",
        "../in-too/b.png",
        "out.png",
        "outside/secret.png",
        "loop",
        "",
        ".",
        "sub",
        "missing.png",
        "a\0b",
        7,
        None,
        "x" * 5_000,
    ],
)
def test_never_outside(folder: Path, name: object) -> None:
    """Names that lead outside by any road, or to no plain file, are refused."""
    (folder / "out.png").symlink_to(folder.parent / "secret.png")
    (folder / "outside").symlink_to(folder.parent)
    (folder / "loop").symlink_to("loop")
    with pytest.raises(InvalidInput) as caught:
        read_picture(folder, name)
    assert caught.value.field == "file_name"


def test_absolute_inside(folder: Path) -> None:
    """An absolute name is refused unless it is the folder's own file."""
    assert read_picture(folder, str(folder / "sub" / "a.png")).content == picture()
    with pytest.raises(InvalidInput):
        read_picture(folder, str(folder.parent / "secret.png"))


def test_no_plain_file(folder: Path) -> None:
    """A pipe is refused before anyone waits on it."""
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(InvalidInput, match="not a plain file"):
        read_picture(folder, "pipe.png")


def test_limits(folder: Path) -> None:
    """A file over the limit is not read, and text is no picture."""
    with pytest.raises(TooLarge):
        read_picture(folder, "sub/a.png", max_bytes=10)
    (folder / "t.png").write_bytes(b"<svg onload=alert(1)>")
    with pytest.raises(InvalidInput, match="no PNG"):
        read_picture(folder, "t.png")
