"""Finds the existing words a misspelt one most likely was meant to be."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from indexes.growing import GrowingArray
from indexes.text.edits import MAX_LETTERS, distances, letter_set, padded
from indexes.text.scripts import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from indexes.text.analyzer import Analyzer, Word
    from indexes.text.vocabulary import Vocabulary

MIN_LETTERS = 3  # of words that are corrected, and of their corrections
SHORT = 6  # letters up to which one edit is allowed, beyond it two: pirate is not vibrate


class Spelling:
    """Words of alphabets as rows of code points, compared all at once.

    One edit changes a word's set of letters in at most two places, so a word within d edits has a
    length within d and a set within 2 d: what passes that is measured exactly, in one go.
    """

    def __init__(self, vocabulary: Vocabulary, analyzer: Analyzer) -> None:
        self._vocabulary, self._analyzer = vocabulary, analyzer
        self._words: list[str] = []
        self._rows: dict[str, int] = {}
        self._points = GrowingArray(np.int32, fill=0, width=MAX_LETTERS)
        self._letters = GrowingArray(np.uint64, fill=0)
        self._lengths = GrowingArray(np.int16, fill=0)
        self._growing = Lock()  # guards the arrays' sizes: a row is in all of them or in none

    def add(self, words: Iterable[str]) -> None:
        """Know these words from now on; whether they still occur is the vocabulary's to say."""
        for word in words:
            if word in self._rows or not is_correctable(word):
                continue
            with self._growing:
                self._rows[word] = len(self._words)
                self._words.append(word)
                self._points.extend([padded(word)])
                self._letters.extend(np.asarray([letter_set(word)], np.uint64))
                self._lengths.extend([len(word)])

    def is_known(self, word: Word) -> bool:
        """Return whether some record has the word or another form of it."""
        return word.surface in self._vocabulary or self._vocabulary.has_stem(word.stem)

    def correct(self, text: str) -> str | None:
        """Return the folded text with unknown words replaced by existing ones; None when none is."""
        folded = corrected = fold(text)
        for word in reversed(self._analyzer.words(text)):
            if not word.spaced or self.is_known(word):
                continue
            for better in self.nearest(word.surface, 1):
                end = word.start + len(word.surface)
                corrected = corrected[: word.start] + better + corrected[end:]
        return None if corrected == folded else corrected

    def nearest(self, word: str, limit: int) -> list[str]:
        """Return existing words: fewest edits first, then the most frequent, then by letters."""
        if not is_correctable(word):
            return []
        found = [
            (distance, -frequency, candidate)
            for candidate, distance in self._within(word, 1 if len(word) <= SHORT else 2)
            if (frequency := self._vocabulary.num_records(candidate))
        ]
        return [candidate for _, _, candidate in sorted(found)[:limit]]

    def _within(self, word: str, edits: int) -> list[tuple[str, int]]:
        with self._growing:
            points, letters, lengths = self._points.values, self._letters.values, self._lengths.values
        near = np.abs(lengths - len(word)) <= edits
        near &= np.bitwise_count(letters ^ np.uint64(letter_set(word))) <= 2 * edits
        rows = np.flatnonzero(near)
        found = distances(points[rows], lengths[rows], word)
        pairs = zip(rows.tolist(), found.tolist(), strict=True)
        return [(self._words[row], distance) for row, distance in pairs if distance <= edits]


def is_correctable(word: str) -> bool:
    """Return whether the word is made of letters only and neither very short nor very long."""
    return MIN_LETTERS <= len(word) <= MAX_LETTERS and word.isalpha()
