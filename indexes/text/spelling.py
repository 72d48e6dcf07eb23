"""Finds the existing word a misspelt one most likely was meant to be."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes.growing import GrowingArray
from indexes.text.scripts import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from indexes.text.analyzer import Analyzer
    from indexes.text.vocabulary import Vocabulary

MIN_LENGTH, MAX_LENGTH = 3, 24  # letters of words that are corrected, and that corrections have
SHORT = 4  # letters up to which one edit is allowed, beyond it two
LETTERS = 64  # bits of a word's set of letters


class Spelling:
    """Words of alphabets as rows of code points, compared all at once.

    One edit changes a word's set of letters in at most two places, so a word within d edits has a
    length within d and a set within 2 d: what passes that is measured exactly, in one go.
    """

    def __init__(self, vocabulary: Vocabulary, analyzer: Analyzer) -> None:
        self._vocabulary, self._analyzer = vocabulary, analyzer
        self._writing = Lock()  # guards the arrays while rows are added: readers pin them in one step
        self._rows: dict[str, int] = {}
        self._words: list[str] = []
        self._points = GrowingArray(np.int32, fill=0, width=MAX_LENGTH)
        self._letters = GrowingArray(np.uint64, fill=0)
        self._lengths = GrowingArray(np.int16, fill=0)

    def add(self, words: Iterable[str]) -> None:
        """Know these words from now on; whether they still occur is the vocabulary's to say."""
        for word in words:
            if word in self._rows or not is_correctable(word):
                continue
            with self._writing:
                self._points.extend([_points(word)])
                self._letters.extend(np.asarray([_letters(word)], np.uint64))
                self._lengths.extend([len(word)])
                self._words.append(word)
                self._rows[word] = len(self._words) - 1

    def correct(self, text: str) -> str | None:
        """Return the folded text with unknown words replaced by existing ones; None when nothing changes."""
        folded = fold(text)
        corrected = folded
        for word in reversed(self._analyzer.words(text)):
            if not word.spaced or self._is_known(word.surface, word.stem):
                continue
            better = self.nearest(word.surface)
            if better is not None:
                end = word.start + len(word.surface)
                corrected = corrected[: word.start] + better + corrected[end:]
        return None if corrected == folded else corrected

    def nearest(self, word: str) -> str | None:
        """Return the existing word fewest edits away, then the most frequent, then the first by letters."""
        if not is_correctable(word):
            return None
        edits = 1 if len(word) <= SHORT else 2
        best: tuple[int, int, str] | None = None
        for candidate, distance in self._within(word, edits):
            frequency = self._vocabulary.num_records(candidate)
            if frequency and (best is None or (distance, -frequency, candidate) < best):
                best = (distance, -frequency, candidate)
        return None if best is None else best[2]

    def _within(self, word: str, edits: int) -> list[tuple[str, int]]:
        with self._writing:
            points, letters, lengths = self._points.values, self._letters.values, self._lengths.values
        apart = np.bitwise_count(letters ^ np.uint64(_letters(word)))
        rows = np.flatnonzero((np.abs(lengths - len(word)) <= edits) & (apart <= 2 * edits))
        if not len(rows):
            return []
        found = distances(points[rows], lengths[rows], word)
        return [
            (self._words[row], distance)
            for row, distance in zip(rows.tolist(), found.tolist(), strict=True)
            if distance <= edits
        ]

    def _is_known(self, surface: str, stem: str) -> bool:
        return surface in self._vocabulary or self._vocabulary.has_stem(stem)


def is_correctable(word: str) -> bool:
    """Return whether the word is made of letters only and neither very short nor very long."""
    return MIN_LENGTH <= len(word) <= MAX_LENGTH and word.isalpha()


def distances(
    points: npt.NDArray[np.int32], lengths: npt.NDArray[np.int16], word: str
) -> npt.NDArray[np.int32]:
    """Return the edits from `word` to each row, (n,): insert, delete, replace, swap two neighbours.

    Optimal string alignment (Damerau 1964), one column of the table for all rows at a time.
    """
    num_rows, width = len(points), int(lengths.max(initial=0))
    before: npt.NDArray[np.int32] | None = None
    last = np.tile(np.arange(width + 1, dtype=np.int32)[:, None], (1, num_rows))  # (width + 1, n)
    letters = points.T
    for i, letter in enumerate(map(ord, word), start=1):
        column = np.empty_like(last)
        column[0] = i
        for j in range(1, width + 1):
            changed = last[j - 1] + (letters[j - 1] != letter)
            column[j] = np.minimum(np.minimum(last[j], column[j - 1]) + 1, changed)
            if before is not None and j > 1:
                swap = (letters[j - 2] == letter) & (letters[j - 1] == ord(word[i - 2]))
                column[j] = np.where(swap, np.minimum(column[j], before[j - 2] + 1), column[j])
        before, last = last, column
    return last[lengths, np.arange(num_rows)]


def _points(word: str) -> list[int]:
    return [ord(letter) for letter in word] + [0] * (MAX_LENGTH - len(word))


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % LETTERS)
    return bits
