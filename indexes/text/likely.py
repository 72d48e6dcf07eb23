"""Says which indexed stems an unfinished or an unknown word of a query likely stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexes.text.analyzer import Analyzer, Word
    from indexes.text.spelling import Spelling
    from indexes.text.vocabulary import Vocabulary

BEGINNINGS = 24  # words an unfinished word may stand for
CORRECTIONS = 4  # words an unknown word may stand for


class Likely:
    """Expansions of query words, all of them words that occur."""

    def __init__(self, vocabulary: Vocabulary, spelling: Spelling, analyzer: Analyzer) -> None:
        self._vocabulary, self._spelling, self._analyzer = vocabulary, spelling, analyzer

    def beginnings(self, prefix: str | None) -> list[str]:
        """Return the stems of the most frequent words that begin so."""
        return [] if prefix is None else self._stems(self._vocabulary.beginning(prefix, BEGINNINGS))

    def corrections(self, word: Word) -> list[str]:
        """Return the stems of the nearest words to one that does not occur; none to one that does."""
        if not word.spaced or self._spelling.is_known(word):
            return []
        return self._stems(self._spelling.nearest(word.surface, CORRECTIONS))

    def _stems(self, words: list[str]) -> list[str]:
        return list(dict.fromkeys(self._analyzer.stem(word) for word in words))
