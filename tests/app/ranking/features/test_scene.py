"""A scene finds a branch's row by its name."""

from __future__ import annotations

from tests.app.ranking.features.scenes import listed, scene


def test_branches_are_found_by_name() -> None:
    """Rows are in name order; a branch that gave nothing has none."""
    told = scene(ranked=listed({"text": {0: 1.0}, "term": {1: 1.0}}))
    assert (told.branch_row("term"), told.branch_row("text"), told.branch_row("image")) == (0, 1, None)
    assert told.num_rows == 2
