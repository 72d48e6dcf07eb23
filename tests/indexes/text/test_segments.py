"""Tests the copying of committed segments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from indexes.errors import DamagedSnapshot
from indexes.text.segments import copy_segments

if TYPE_CHECKING:
    from pathlib import Path

SEGMENT = "0a1b2c3d-0000-0000-0000-000000000000"
PREFIX = SEGMENT.replace("-", "")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder with one segment, deletes of two commits, and files of another segment."""
    folder = tmp_path / "source"
    folder.mkdir()
    meta = {"segments": [{"segment_id": SEGMENT, "deletes": {"num_deleted_docs": 1, "opstamp": 9}}]}
    (folder / "meta.json").write_text(json.dumps(meta))
    for name in (f"{PREFIX}.idx", f"{PREFIX}.7.del", f"{PREFIX}.9.del", "ffff.idx", ".tantivy-writer.lock"):
        (folder / name).write_text(name)
    return folder


def test_only_what_the_meta_file_names_is_copied(source: Path, tmp_path: Path) -> None:
    """Segment files and the newest deletes go along; old deletes, strangers and locks do not."""
    target = tmp_path / "target"
    target.mkdir()
    copy_segments(source, target)
    names = {path.name for path in target.iterdir()}
    assert names == {f"{PREFIX}.idx", f"{PREFIX}.9.del", "meta.json", ".managed.json"}
    assert set(json.loads((target / ".managed.json").read_text())) == names - {".managed.json"}
    assert (target / f"{PREFIX}.idx").read_text() == f"{PREFIX}.idx"


def test_the_copy_outlives_the_source(source: Path, tmp_path: Path) -> None:
    """Replacing the source's meta file and removing its segments leaves the copy as it was."""
    target = tmp_path / "target"
    target.mkdir()
    copy_segments(source, target)
    (source / "meta.json").write_text("{}")
    (source / f"{PREFIX}.idx").unlink()
    assert json.loads((target / "meta.json").read_text())["segments"][0]["segment_id"] == SEGMENT
    assert (target / f"{PREFIX}.idx").exists()


def test_missing_files_are_damage(source: Path, tmp_path: Path) -> None:
    """A meta file whose deletes are gone, or that is no JSON, cannot be copied."""
    (source / f"{PREFIX}.9.del").unlink()
    with pytest.raises(DamagedSnapshot, match="missing"):
        copy_segments(source, tmp_path)
    (source / "meta.json").write_text("nothing")
    with pytest.raises(DamagedSnapshot, match="meta"):
        copy_segments(source, tmp_path)
