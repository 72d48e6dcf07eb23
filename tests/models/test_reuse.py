"""The table of start levels is read as it was written, and promises only what was measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from models.reuse import FILE, FORMAT, ReuseTable, Step, UnreadableTable

if TYPE_CHECKING:
    from pathlib import Path

TABLE = ReuseTable(
    {"generated": (Step(0.6, 8.0), Step(0.9, None), Step(0.99, 1.5)), "found": ()},
    "abc",
    0.01,
    "correlation",
    ({"similarity": 0.9, "pictures": 12},),
)


def test_each_bin_has_a_start_of_its_own() -> None:
    """Below the first step nothing is reused, from each on its level holds, or none; no steps are no help."""
    levels = [TABLE.start("generated", similarity) for similarity in (0.59, 0.6, 0.89, 0.9, 0.98, 0.99, 1.0)]
    assert levels == [None, 8.0, 8.0, None, None, 1.5, 1.5]
    assert TABLE.start("found", 1.0) is None
    assert TABLE.start("elsewhere", 1.0) is None


def test_a_table_survives_the_disk(tmp_path: Path) -> None:
    """What is written is read back; a folder without one has none."""
    assert ReuseTable.read(tmp_path) is None
    assert TABLE.write(tmp_path).name == FILE
    assert ReuseTable.read(tmp_path) == TABLE


@pytest.mark.parametrize("broken", ["", "{}", "[]", json.dumps({"format": FORMAT + 1}), '{"format": 1}'])
def test_another_file_is_refused(tmp_path: Path, broken: str) -> None:
    """A newer format, or something else altogether, is no table."""
    (tmp_path / FILE).write_text(broken)
    with pytest.raises(UnreadableTable):
        ReuseTable.read(tmp_path)
