"""Tests arrays that grow."""

from __future__ import annotations

import numpy as np

from indexes.growing import FIRST_CAPACITY, GrowingArray


def test_growing_keeps_rows_and_fills_new_ones() -> None:
    """Old rows stay, new ones hold the filling, and an older view still reads what it read."""
    array = GrowingArray(np.int32, fill=-1)
    array.extend([7])
    view = array.values
    array.grow(FIRST_CAPACITY + 1)
    assert array.values[0] == 7
    assert set(array.values[1:].tolist()) == {-1}
    array.values[0] = 8
    assert view.tolist() == [7]
    array.grow(3)
    assert len(array) == FIRST_CAPACITY + 1


def test_rows_may_be_wide_and_replaced() -> None:
    """Rows of a width are appended whole; replacing starts from given rows."""
    array = GrowingArray(np.float32, fill=0, width=2)
    array.extend([[1, 2], [3, 4]])
    assert array.values.tolist() == [[1, 2], [3, 4]]
    array.replace(np.asarray([[9, 9]], np.float32))
    array.extend([[5, 5]])
    assert array.values.tolist() == [[9, 9], [5, 5]]
