"""Lists are cut and picked whole."""

from __future__ import annotations

import numpy as np

from models.rank.lists import split_by_time
from tests.models.rank.made import world


def test_lists_that_are_taken_keep_their_rows_together() -> None:
    """Taking lists in another order moves their rows, grades and moments with them."""
    lists = world(5).lists
    taken = lists.take([3, 1])
    assert taken.sizes.tolist() == [12, 12]
    assert taken.moments.tolist() == [3.0, 1.0]
    assert np.array_equal(taken.matrix[:12], lists.matrix[36:48])
    assert np.array_equal(taken.grades[12:], lists.grades[12:24])
    assert taken.owners.tolist() == [0] * 12 + [1] * 12


def test_time_cuts_lists_so_that_nothing_later_is_trained_on() -> None:
    """Every list of an earlier part is older than every list of a later one, and none is lost."""
    lists = world(10).lists
    parts = split_by_time(lists.take([4, 9, 0, 2, 7, 1, 3, 5, 8, 6]), (0.5, 0.2, 0.3))
    assert [len(part) for part in parts] == [5, 2, 3]
    assert np.concatenate([part.moments for part in parts]).tolist() == list(range(10))
