"""What the manifest of a snapshot promises."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from app.store.manifest import (
    FORMAT_VERSION,
    MANIFEST_NAME,
    BadSnapshot,
    FileSeal,
    Manifest,
    read_manifest,
    seal_files,
    write_manifest,
)

if TYPE_CHECKING:
    from pathlib import Path


def _snapshot(directory: Path) -> Manifest:
    (directory / "sub").mkdir()
    (directory / "a.bin").write_bytes(b"alpha")
    (directory / "sub" / "b.bin").write_bytes(b"")
    manifest = Manifest(FORMAT_VERSION, "log", 5.0, {"applied": 7}, seal_files(directory))
    write_manifest(directory, manifest)
    return manifest


def test_read_what_was_written(tmp_path: Path) -> None:
    """A manifest reads back as it was, with size and SHA-256 of every file in any folder."""
    manifest = _snapshot(tmp_path)
    assert read_manifest(tmp_path) == manifest
    assert manifest.files == {
        "a.bin": FileSeal(5, sha256(b"alpha").hexdigest()),
        "sub/b.bin": FileSeal(0, sha256(b"").hexdigest()),
    }


@pytest.mark.parametrize("name", ["a.bin", "sub/b.bin"])
def test_lost_file(tmp_path: Path, name: str) -> None:
    """A file that is gone is named."""
    _snapshot(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(BadSnapshot, match=name):
        read_manifest(tmp_path)


@pytest.mark.parametrize("content", [b"alphA", b"alph", b"alpha\0"])
def test_changed_file(tmp_path: Path, content: bytes) -> None:
    """One changed, missing or added byte is seen."""
    _snapshot(tmp_path)
    (tmp_path / "a.bin").write_bytes(content)
    with pytest.raises(BadSnapshot, match=r"a\.bin is not what was written"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": "x"}'])
def test_broken_manifest(tmp_path: Path, text: str) -> None:
    """A manifest that cannot be read is a bad snapshot, not another error."""
    (tmp_path / MANIFEST_NAME).write_text(text)
    with pytest.raises(BadSnapshot, match="no readable manifest"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("version", [0, FORMAT_VERSION + 1])
def test_other_version(tmp_path: Path, version: int) -> None:
    """A format that this release does not read is refused by its number."""
    _snapshot(tmp_path)
    body = json.loads((tmp_path / MANIFEST_NAME).read_text())
    (tmp_path / MANIFEST_NAME).write_text(json.dumps(body | {"format": version}))
    with pytest.raises(BadSnapshot, match=f"format {version}"):
        read_manifest(tmp_path)
