"""Tests the small operations on sparse tables."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexes.behavior.sparse import best_of_rows, blocks, power, scale, unit_rows
from tests.indexes.behavior.histories import table


@given(
    st.lists(st.lists(st.integers(-3, 9), min_size=4, max_size=4), min_size=1, max_size=6), st.integers(1, 5)
)
def test_the_best_of_each_row_are_kept(rows: list[list[int]], k: int) -> None:
    """What is kept is above 0 and not below what is dropped; ties at the cut stay together."""
    kept = best_of_rows(table([[float(v) for v in row] for row in rows]), k).toarray()
    for row, few in zip(rows, kept, strict=True):
        positive = sorted((v for v in row if v > 0), reverse=True)
        least = positive[min(k, len(positive)) - 1] if positive else 1
        assert few.tolist() == [v if v >= least else 0 for v in row]


def test_scaling_powers_and_units() -> None:
    """Rows and columns are multiplied; the power of no degree is 0; a row's largest entry becomes 1."""
    one = table([[1, 2], [0, 4]])
    halves, thirds = np.array([0.5, 1], np.float32), np.array([3, 1], np.float32)
    assert scale(one, halves, thirds).toarray().tolist() == [[1.5, 1], [0, 4]]
    assert power(np.array([4, 0], np.float32), -0.5).tolist() == [0.5, 0]
    assert unit_rows(one).toarray().tolist() == [[0.5, 1], [0, 1]]
    assert [(s.start, s.stop) for s in blocks(5, 2)] == [(0, 2), (2, 4), (4, 5)]
