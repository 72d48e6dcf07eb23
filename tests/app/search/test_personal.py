"""What a ranker's features are told of a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.ranking.features.scene import Asked
from app.search.people import People
from app.search.personal import PersonalColumns
from indexes.behavior.trending import Hot
from tests.app.search.crowds import NOW, crowd, shelf

if TYPE_CHECKING:
    from pathlib import Path


def test_columns_of_a_person_and_of_nobody(tmp_path: Path) -> None:
    """Clicks, impressions, recency, fit and heat stand by candidate; of nobody only the heat is known."""

    async def reached(_lsn: int, _timeout_s: float) -> bool:
        return True

    with shelf(tmp_path) as collection:
        known = crowd(("ann", "click", "a"), ("ann", "click", "a"), ("ann", "impression", "b"))
        hot = replace(known, hot=(Hot("b", 7.0, 2),))
        view = PersonalColumns(People(lambda: hot, lambda: 0, reached, lambda: NOW), collection)
        candidates = np.array([0, 1, 2], np.int32)
        found = view.columns(Asked(user="ann", at=NOW + 60), candidates)
        assert found.clicks is not None
        assert found.clicks.tolist() == [2, 0, 0]
        assert found.shown is not None
        assert found.shown.tolist() == [0, 1, 0]
        assert found.recency_s is not None
        assert found.recency_s.tolist() == [60, np.inf, np.inf]
        assert found.affinity is not None
        assert found.affinity.tolist() == [3, 3, 1]  # red by tag and category, and big; big alone
        assert found.trend is not None
        assert found.trend.tolist() == [0, 7, 0]
        nobody = view.columns(Asked(at=NOW), candidates)
        assert (nobody.clicks, nobody.affinity) == (None, None)
