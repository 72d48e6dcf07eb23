"""Measures how many edits lie between one word and many, all at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MAX_LETTERS = 24
SET_BITS = 64


def padded(word: str) -> list[int]:
    """Return the word's code points, filled up with zeros to MAX_LETTERS."""
    return [ord(letter) for letter in word] + [0] * (MAX_LETTERS - len(word))


def letter_set(word: str) -> int:
    """Return which letters the word has, as bits; letters 64 code points apart share one."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % SET_BITS)
    return bits


def distances(
    points: npt.NDArray[np.int32], lengths: npt.NDArray[np.int16], word: str
) -> npt.NDArray[np.int32]:
    """Return the edits from `word` to each row of `points` (n, MAX_LETTERS), (n,).

    An edit inserts, deletes or replaces a letter, or swaps two neighbours: optimal string
    alignment (Damerau 1964), one column of its table for all rows at a time.
    """
    num_rows, width = len(points), int(lengths.max(initial=0))
    letters = np.ascontiguousarray(points.T)  # (MAX_LETTERS, n)
    before = last = np.tile(np.arange(width + 1, dtype=np.int32)[:, None], (1, num_rows))  # (width + 1, n)
    for i in range(1, len(word) + 1):
        column = np.empty_like(last)
        column[0] = i
        for j in range(1, width + 1):
            replaced = last[j - 1] + (letters[j - 1] != ord(word[i - 1]))
            column[j] = np.minimum(np.minimum(last[j], column[j - 1]) + 1, replaced)
            if i > 1 and j > 1:
                swapped = (letters[j - 2] == ord(word[i - 1])) & (letters[j - 1] == ord(word[i - 2]))
                np.minimum(column[j], before[j - 2] + 1, out=column[j], where=swapped)
        before, last = last, column
    return last[lengths, np.arange(num_rows)]
