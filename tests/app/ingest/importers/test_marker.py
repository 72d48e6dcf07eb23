"""A marker says that an import is done, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.ingest.importers.marker import Marker

if TYPE_CHECKING:
    from pathlib import Path


def test_holds_what_was_left(tmp_path: Path) -> None:
    """A marker holds the fingerprint left last, and only that one."""
    marker = Marker(tmp_path / "imports" / "icons.json")
    assert not marker.holds("one")
    marker.leave("one")
    assert marker.holds("one")
    marker.leave("two")
    assert (marker.holds("one"), marker.holds("two")) == (False, True)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"version": 2, "fingerprint": "one"}',
        '{"version": "x", "fingerprint": "one"}',
        '{"version": null, "fingerprint": "one"}',
        '{"version": 0, "fingerprint": "one"}',
    ],
)
def test_damage_is_no_marker(tmp_path: Path, content: str) -> None:
    """A file that is damaged or from another version counts as none."""
    path = tmp_path / "icons.json"
    path.write_text(content)
    assert not Marker(path).holds("one")
