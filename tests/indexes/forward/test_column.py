"""Tests one field's column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from indexes.forward.column import Column

if TYPE_CHECKING:
    from indexes.types import Value


def column_of(*values: Value | None) -> Column:
    """Return a column of these values by ordinal."""
    column = Column()
    column.grow(len(values))
    for ordinal, value in enumerate(values):
        column.set(ordinal, value)
    return column


def test_a_value_may_change_its_kind() -> None:
    """A number that becomes a list is found as a list and no longer as a number."""
    column = column_of(1.0)
    column.set(0, ("a", "b"))
    assert column.among([1.0]).tolist() == [False]
    assert column.among(["b"]).tolist() == [True]


def test_numbers_compare_and_others_do_not() -> None:
    """Only numbers are on a side of a number; a truth value is none."""
    column = column_of(1.0, 2.0, "3", True, None, ("9",))
    assert column.compare("gte", 2.0).tolist() == [False, True, False, False, False, False]
    assert column.compare("lt", 2.0).tolist() == [True, False, False, False, False, False]


def test_an_empty_list_is_no_value() -> None:
    """Presence means at least one value; the empty string is one."""
    assert column_of((), ("a",), "", None, False).present().tolist() == [False, True, True, False, True]


def test_counts_are_over_the_given_ordinals() -> None:
    """Only the ordinals asked for are counted, each once a value."""
    column = column_of(("a", "b", "a"), ("a",), ("b",), 2.0, True)
    counts = column.count(np.asarray([0, 2, 3, 4], np.int32))
    assert sorted(counts, key=str) == sorted([("a", 1), ("b", 2), (2.0, 1), (True, 1)], key=str)
