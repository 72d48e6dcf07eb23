"""Tests the stores of each kind of value."""

from __future__ import annotations

import numpy as np

from indexes.forward.kinds import MIN_COMPACTION, Lists, Strings, Truths


def test_lists_survive_compaction() -> None:
    """When most rows are blank they are dropped, and every list still has its own members."""
    lists = Lists()
    lists.grow(3)
    lists.set(1, ["stays", "too"])
    for _ in range(MIN_COMPACTION):
        lists.clear(0)
        lists.set(0, ["a", "b"])
    assert len(lists._owners) < 2 * MIN_COMPACTION
    assert lists.among(["too"]).tolist() == [False, True, False]
    assert lists.count(np.asarray([0, 1, 2], np.int32)) == {"a": 1, "b": 1, "stays": 1, "too": 1}


def test_strings_that_never_occurred_are_nowhere() -> None:
    """A value outside the dictionary matches nothing, also beside one inside."""
    strings = Strings()
    strings.grow(2)
    strings.set(0, "a")
    assert strings.among(["b"]).tolist() == [False, False]
    assert strings.among(["b", "a", "c"]).tolist() == [True, False]


def test_false_is_a_value() -> None:
    """False is present and counted, unlike nothing."""
    truths = Truths()
    truths.grow(2)
    truths.set(1, False)
    assert truths.present().tolist() == [False, True]
    assert truths.count(np.asarray([0, 1], np.int32)) == {False: 1}
