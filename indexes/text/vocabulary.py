"""Counts in how many records each word and each stem occurs, and finds words by their beginning."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from indexes.text.analyzer import Word

MAX_SCANNED = 4_096  # words looked at for one beginning


class Vocabulary:
    """The words of living records. One writer; a reader may meet a word just before or after it goes."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._sorted: list[str] = []

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def num_records(self, word: str) -> int:
        """Return how many records have the word, as written."""
        return self._words.get(word, 0)

    def has_stem(self, stem: str) -> bool:
        """Return whether some record has a word of this stem."""
        return stem in self._stems

    def add(self, words: Iterable[Word]) -> list[str]:
        """Count one record's words; return those never seen before."""
        surfaces, stems = _sets(words)
        fresh = [word for word in surfaces if word not in self._words]
        for word in surfaces:
            self._words[word] = self._words.get(word, 0) + 1
        for stem in stems:
            self._stems[stem] = self._stems.get(stem, 0) + 1
        for word in fresh:
            insort(self._sorted, word)
        return fresh

    def remove(self, words: Iterable[Word]) -> list[str]:
        """Uncount one record's words; return those no record has any more."""
        surfaces, stems = _sets(words)
        gone = [word for word in surfaces if _decrement(self._words, word)]
        for stem in stems:
            _decrement(self._stems, stem)
        for word in gone:
            del self._sorted[bisect_left(self._sorted, word)]
        return gone

    def beginning(self, prefix: str, limit: int) -> list[str]:
        """Return up to `limit` words that begin so, the most frequent first, then by letters."""
        start = bisect_left(self._sorted, prefix)
        found = [word for word in self._sorted[start : start + MAX_SCANNED] if word.startswith(prefix)]
        return sorted(found, key=lambda word: (-self.num_records(word), word))[:limit]


def _sets(words: Iterable[Word]) -> tuple[set[str], set[str]]:
    held = list(words)
    return {word.surface for word in held if word.spaced}, {word.stem for word in held}


def _decrement(counts: dict[str, int], key: str) -> bool:
    """Count down, drop at zero, and return whether it was dropped."""
    left = counts[key] - 1
    if left:
        counts[key] = left
    else:
        del counts[key]
    return not left
