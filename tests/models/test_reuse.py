"""The table of start levels is read as it was written, and promises only what was measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reuse import FILE, FORMAT, ReuseTable, Step, UnreadableTable, curve

if TYPE_CHECKING:
    from pathlib import Path

TABLE = ReuseTable(
    {"generated": (Step(0.6, 8.0), Step(0.9, 1.5)), "found": ()},
    "abc",
    0.01,
    "correlation",
    ({"similarity": 0.9, "pictures": 12},),
)


def test_the_start_falls_as_similarity_rises() -> None:
    """Below the first step nothing is reused, from each step on its level holds; an empty curve is none."""
    levels = [TABLE.start("generated", similarity) for similarity in (0.59, 0.6, 0.89, 0.9, 1.0)]
    assert levels == [None, 8.0, 8.0, 1.5, 1.5]
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


@given(
    st.lists(st.tuples(st.floats(0, 1), st.none() | st.floats(0.1, 40)), max_size=8, unique_by=lambda p: p[0])
)
def test_a_curve_never_promises_more_for_less(points: list[tuple[float, float | None]]) -> None:
    """Read upwards similarity rises and the level falls; nothing is promised below a bin that failed."""
    steps = curve(points)
    assert [step.similarity for step in steps] == sorted(step.similarity for step in steps)
    assert [step.sigma for step in steps] == sorted((step.sigma for step in steps), reverse=True)
    failed = [similarity for similarity, sigma in points if sigma is None]
    assert all(step.similarity > max(failed, default=-1.0) for step in steps)
    measured = dict(points)
    assert all(step.sigma >= (measured[step.similarity] or 0.0) for step in steps)
