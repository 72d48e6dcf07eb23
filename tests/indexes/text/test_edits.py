"""Tests the edit distance against its definition."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.text.edits import distances, letter_set, padded

WORDS = st.text("abcé", min_size=1, max_size=8)


@cache
def plain(a: str, b: str) -> int:
    """Return the optimal string alignment distance, straight from its recurrence."""
    if not a or not b:
        return len(a) + len(b)
    ways = [plain(a[:-1], b) + 1, plain(a, b[:-1]) + 1, plain(a[:-1], b[:-1]) + (a[-1] != b[-1])]
    if len(a) > 1 and len(b) > 1 and a[-2:] == b[-1] + b[-2]:
        ways.append(plain(a[:-2], b[:-2]) + 1)
    return min(ways)


@given(st.lists(WORDS, min_size=1, max_size=6), WORDS)
def test_all_at_once_equals_one_by_one(words: list[str], word: str) -> None:
    """The table for all rows gives what the recurrence gives for each."""
    points = np.asarray([padded(w) for w in words], np.int32)
    lengths = np.asarray([len(w) for w in words], np.int16)
    assert distances(points, lengths, word).tolist() == [plain(w, word) for w in words]


@given(WORDS, WORDS)
def test_an_edit_changes_two_letters_of_the_set_at_most(a: str, b: str) -> None:
    """The filter before the exact measure never drops a word within reach."""
    assert (letter_set(a) ^ letter_set(b)).bit_count() <= 2 * plain(a, b)


@pytest.mark.parametrize(
    ("a", "b", "edits"), [("horse", "hosre", 1), ("horse", "hearse", 2), ("ca", "abc", 3)]
)
def test_known_distances(a: str, b: str, edits: int) -> None:
    """A swap is one edit, and no letter is edited twice."""
    assert distances(np.asarray([padded(a)], np.int32), np.asarray([len(a)], np.int16), b).tolist() == [edits]
