"""Tests the states of a space."""

from __future__ import annotations

import numpy as np
import pytest

from indexes.dense.rows import NOBODY, Rows, prepared
from indexes.dense.space import SpaceConfig


def rows_of(*owners: int) -> Rows:
    """Return a state in which each slot has this owner."""
    return Rows.of(np.arange(len(owners), dtype=np.float32)[:, None], np.asarray(owners, np.int32))


def test_slots_and_owners_agree() -> None:
    """Each owner's slot is found, whatever their order; the dead own none."""
    rows = rows_of(4, NOBODY, 0)
    assert [rows.slot(ordinal) for ordinal in (0, 1, 4, 5, -1)] == [2, NOBODY, 0, NOBODY, NOBODY]
    assert rows.num_alive == 2
    assert rows_of().num_alive == 0


def test_a_state_never_changes() -> None:
    """Taking out and adding make new states and leave the old one as it was."""
    old = rows_of(0, 1)
    new = old.without([1, 1, 7]).extended(np.zeros((3, 1), np.float32), np.asarray([9], np.int32))
    assert (new.owners.tolist(), new.num_alive, new.slot(9)) == ([0, NOBODY, 9], 2, 2)
    assert (old.owners.tolist(), old.num_alive, old.slot(1)) == ([0, 1], 2, 1)


def test_survivors_are_living_and_allowed() -> None:
    """A mask may be shorter or longer than the table of slots."""
    rows = rows_of(4, NOBODY, 0)
    assert rows.survivors(None).tolist() == [2, 0]
    assert rows.survivors(np.ones(2, np.bool_)).tolist() == [2]
    assert rows.survivors(np.ones(9, np.bool_)).tolist() == [2, 0]
    assert rows.survivors(np.zeros(9, np.bool_)).tolist() == []


def test_cosine_vectors_get_unit_length() -> None:
    """Direction stays, zero stays zero, other metrics keep lengths."""
    cosine, product = SpaceConfig(2), SpaceConfig(2, "ip")
    assert prepared([[3, 4], [0, 0]], cosine) == pytest.approx(np.asarray([[0.6, 0.8], [0, 0]]))
    assert prepared([3, 4], product).tolist() == [[3, 4]]


@pytest.mark.parametrize("wrong", [[[1.0]], [[1.0, float("nan")]], [[float("inf"), 0.0]], [[[1.0, 2.0]]]])
def test_wrong_vectors_are_refused(wrong: list[list[float]]) -> None:
    """Another dimension, NaN and infinity raise."""
    with pytest.raises(ValueError, match="vector"):
        prepared(wrong, SpaceConfig(2))
