"""Nearest in a space."""

import numpy as np

from app.search.branches.nearest import nearest
from app.search.types import Like, Prepared
from tests.app.search.fakes import icons


def test_the_item_itself_is_left_out_and_the_depth_still_filled() -> None:
    """Like an item, the depth holds others only; a mask is honoured."""
    space, vector = icons().text, np.array([1, 0, 0, 0], np.float32)
    assert nearest(space, Prepared("q"), vector, 2, None).ordinals.tolist() == [0, 1]
    assert nearest(space, Prepared(like=Like(1, "x")), vector, 2, None).ordinals.tolist() == [0, 2]
    mask = np.array([True, True, False, True, True, True])
    assert nearest(space, Prepared(like=Like(0, "x")), vector, 2, mask).ordinals.tolist() == [1, 3]
