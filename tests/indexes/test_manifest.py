"""Tests the manifest of a saved collection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from indexes.errors import DamagedSnapshot, UnsupportedFormat
from indexes.manifest import FILE_NAME, FORMAT_VERSION, OLDEST_READABLE, Manifest, SavedSpace

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = Manifest(7, 2, 3, 1, {"text": SavedSpace("space-0", 384, "cosine", 6)})


def test_a_manifest_is_read_as_written(tmp_path: Path) -> None:
    """What was written comes back equal, and names its format."""
    MANIFEST.write(tmp_path)
    assert Manifest.read(tmp_path) == MANIFEST
    assert json.loads((tmp_path / FILE_NAME).read_text())["format"] == FORMAT_VERSION


@pytest.mark.parametrize("version", [FORMAT_VERSION + 1, OLDEST_READABLE - 1])
def test_other_formats_are_refused(tmp_path: Path, version: int) -> None:
    """A newer and a too old format raise an error of their own."""
    (tmp_path / FILE_NAME).write_text(json.dumps({"format": version}))
    with pytest.raises(UnsupportedFormat) as refused:
        Manifest.read(tmp_path)
    assert refused.value.found == version


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "x"}', '{"format": 1}', '{"format": 1, "spaces": 3}']
)
def test_what_is_no_manifest_is_damage(tmp_path: Path, text: str) -> None:
    """An unreadable or incomplete file, or none, raises DamagedSnapshot."""
    with pytest.raises(DamagedSnapshot):
        Manifest.read(tmp_path)
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(DamagedSnapshot):
        Manifest.read(tmp_path)
