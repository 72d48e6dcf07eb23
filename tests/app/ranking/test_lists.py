"""A ranked list can be cut without losing what belongs together."""

import numpy as np

from app.ranking.fusion import fuse, rrf
from app.ranking.lists import BranchList
from indexes.types import Matches


def test_take_keeps_columns_together() -> None:
    """Cutting a list keeps each hit's ranks, scores and contributions beside its ordinal."""
    matches = Matches(np.array([4, 2, 9], np.int32), np.array([3, 2, 1], np.float32))
    whole = fuse(
        [BranchList("term", 1.0, matches)], rrf, np.empty(0, np.int32), lambda o: [str(x) for x in o]
    )
    part = whole.take(slice(1, 3))
    assert len(part) == 2
    assert part.ordinals.tolist() == [2, 9]
    assert part.ranks.tolist() == [[2, 3]]
    assert part.branch_scores.tolist() == [[2.0, 1.0]]
    assert part.contributions.sum(axis=0).tolist() == part.scores.tolist()


def test_arrays_are_all_of_them() -> None:
    """The arrays that are weighed and digested are every array of the list."""
    matches = Matches(np.array([4], np.int32), np.array([3], np.float32))
    whole = fuse(
        [BranchList("term", 1.0, matches)], rrf, np.empty(0, np.int32), lambda o: [str(x) for x in o]
    )
    kept = {id(array) for array in whole.arrays}
    assert all(
        id(value) in kept for name in whole.__slots__ if (value := getattr(whole, name)) is not whole.names
    )
