"""Tests that chains made act by act and chains made of a whole column are the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexes.behavior.acts import Acts, Chain

KEYS = st.lists(st.integers(-1, 4), max_size=30)


@given(KEYS)
def test_a_chain_leads_back_through_the_acts_of_its_key(keys: list[int]) -> None:
    """Walking gives the rows of a key, the newest first, however the chain was made."""
    grown = Chain()
    for row, key in enumerate(keys):
        grown.add(row, key)
    for chain in (grown, Chain.of(np.array(keys, np.int32))):
        for key in range(5):
            rows = [row for row, one in enumerate(keys) if one == key][::-1]
            assert list(chain.walk(key, 100)) == rows
            assert list(chain.walk(key, 2)) == rows[:2]
        assert list(chain.walk(-1, 100)) == []


def test_columns_come_back_as_they_were() -> None:
    """Acts made of the arrays of other acts are those acts, and go on growing."""
    acts = Acts()
    acts.add(1, 5.5, 0, 3, 7, -1, 2)
    acts.add(4, 6.5, 1, 3, -1, 0, -1)
    again = Acts.of(acts.arrays())
    again.add(5, 7.0, 1, 3, 7, 0, -1)
    assert {name: column.tolist() for name, column in again.arrays().items()} == {
        "number": [1, 4, 5],
        "at": [5.5, 6.5, 7.0],
        "type": [0, 1, 1],
        "actor": [3, 3, 3],
        "item": [7, -1, 7],
        "session": [-1, 0, 0],
        "query": [2, -1, -1],
    }
    assert list(again.chains["item"].walk(7, 9)) == [2, 0]
