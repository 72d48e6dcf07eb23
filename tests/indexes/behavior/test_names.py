"""Tests that names keep their numbers, and that unused ones can be dropped."""

from __future__ import annotations

import numpy as np

from indexes.behavior.names import NOBODY, Names


def test_names_are_numbered_as_they_are_seen() -> None:
    """A name has one number; nothing has none."""
    names = Names(["a"])
    assert [names.add("b"), names.add("a"), names.add(None)] == [1, 0, NOBODY]
    assert [names.find("b"), names.find("c"), names.find(None)] == [1, NOBODY, NOBODY]


def test_only_used_names_are_kept() -> None:
    """The kept names move up in order, and old numbers lead to new ones."""
    names, moved = Names(["a", "b", "c", "d"]).keep(np.array([3, 1, NOBODY, 3], np.int32))
    assert names.texts == ["b", "d"]
    assert moved[[1, 3, 0, NOBODY]].tolist() == [0, 1, NOBODY, NOBODY]
