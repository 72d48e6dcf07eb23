"""What is hot when nothing was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.ranking.reasons import Note
from app.search.branches.trending import TrendingBranch
from app.search.types import Prepared
from indexes.behavior.trending import Hot
from tests.app.search.crowds import asking, crowd, shelf

if TYPE_CHECKING:
    from pathlib import Path

HOT = (Hot("c", 9.0, 4), Hot("gone", 5.0, 3), Hot("a", 2.0, 1))


def test_hot_items_that_live_come_by_heat(tmp_path: Path) -> None:
    """Items that are gone or masked are left out; the note tells people and window."""
    with shelf(tmp_path) as collection:
        prepared = asking(replace(crowd(), hot=HOT, hot_window_s=86_400.0), None)
        found = TrendingBranch().recall(collection, prepared, 10, None)
        assert collection.ids(found.ordinals) == ["c", "a"]
        assert found.scores.tolist() == [9.0, 2.0]
        notes = prepared.notes["trending"]
        assert notes[2] == Note("trending_many", plain=(("num", "4"), ("hours", "24")))
        assert notes[0].code == "trending_one"
        mask = np.array([True, True, False, True, True])
        assert collection.ids(TrendingBranch().recall(collection, prepared, 10, mask).ordinals) == ["a"]


def test_it_is_for_the_front_page(tmp_path: Path) -> None:
    """With a query, or when nothing is hot, it is skipped."""
    with shelf(tmp_path) as collection:
        hot = replace(crowd(), hot=HOT)
        branch = TrendingBranch()
        assert branch.why_not(collection, asking(hot, None, Prepared(query="x"))) == "something was asked for"
        assert branch.why_not(collection, asking(crowd(), None)) == "nothing has happened lately"
        assert branch.why_not(collection, asking(hot, None)) is None
