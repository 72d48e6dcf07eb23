"""Lists as the request wishes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.domain.rankers import RankerReport
from app.domain.search import SearchRequest
from app.ranking.fusion import convex, fuse
from app.ranking.lists import BranchList
from app.ranking.stage import Reranked
from app.search.arrange import arrange
from indexes.types import Matches
from tests.app.search.crowds import shelf

if TYPE_CHECKING:
    from pathlib import Path

    from app.ranking.lists import Ranked
    from indexes.collection import Collection


def ranked(collection: Collection, exact: tuple[int, ...] = ()) -> Ranked:
    """Return all five records in their order, close together in score."""
    scores = np.array([1.0, 0.99, 0.98, 0.97, 0.96], np.float32)
    one = BranchList("term", 1.0, Matches(np.arange(5, dtype=np.int32), scores), 0.0, 1.0)
    return fuse([one], convex, np.array(exact, np.int32), collection.ids)


def test_neighbours_differ_and_exact_titles_stay_first(tmp_path: Path) -> None:
    """The second of two alike moves behind the first of the others; an exact title does not move."""
    with shelf(tmp_path) as collection:
        request = SearchRequest(diversify=0.9)
        mixed, _ = arrange(request, ranked(collection), None, collection)
        assert collection.ids(mixed.ordinals)[:3] == ["a", "c", "e"]
        exact, _ = arrange(request, ranked(collection, exact=(1,)), None, collection)
        assert collection.ids(exact.ordinals)[0] == "b"


def test_a_rankers_numbers_move_along(tmp_path: Path) -> None:
    """Scores and features stay with their hits, and caps drop them together."""
    with shelf(tmp_path) as collection:
        plain = ranked(collection)
        features = np.arange(5, dtype=np.float32)[:, None]
        said = Reranked(plain, RankerReport(), np.array([5.0, 4, 3, 2, 1]), features)
        capped, moved = arrange(SearchRequest(max_per_category=1), plain, said, collection)
        assert collection.ids(capped.ordinals) == ["a", "c", "e"]
        assert moved is not None
        assert moved.scores is not None
        assert moved.scores.tolist() == [5, 3, 1]
        assert moved.features is not None
        assert moved.features.ravel().tolist() == [0, 2, 4]
        assert arrange(SearchRequest(), plain, said, collection) == (plain, said)
