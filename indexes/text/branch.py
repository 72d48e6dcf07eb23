"""Joins all that is known of a collection's words: index, vocabulary, titles, completion, spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexes.text.inverted import TermIndex, TermWeights
from indexes.text.query import parse_query
from indexes.text.segments import copy_segments
from indexes.text.spelling import Spelling
from indexes.text.suggest import Completer, Suggester
from indexes.text.titles import Titles
from indexes.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from indexes.text.analyzer import Analyzer, Word
    from indexes.text.query import TermQuery
    from indexes.types import Mask, Matches, Record


class TermBranch:
    """Recall by words. One writer; any thread searches, completes and corrects."""

    def __init__(
        self,
        directory: Path,
        analyzer: Analyzer,
        record_of: Callable[[int], Record | None],
        weights: TermWeights,
        saved: Path | None = None,
    ) -> None:
        self._analyzer = analyzer
        self._record_of = record_of
        self._vocabulary = Vocabulary()
        self._spelling = Spelling(self._vocabulary, analyzer)
        self._completer = Completer()
        self.titles = Titles()
        self.suggest = Suggester(self._completer, self._spelling.correct)
        self._directory = directory
        if saved is not None:
            copy_segments(saved, directory)
        self._index = TermIndex(directory, analyzer, self._vocabulary, weights)

    def parse(self, text: str, *, prefix: bool = False) -> TermQuery:
        """Read a query; with `prefix` its last word may be unfinished."""
        return parse_query(text, self._analyzer, prefix=prefix)

    def search(self, query: TermQuery, k: int, mask: Mask | None = None) -> Matches:
        """Return the k best matches within the mask; those without one whole word come after all others."""
        return self._index.search(query, k, mask)

    def matched(self, ordinal: int, query: TermQuery) -> list[str]:
        """Return the query's words that the record has, in the query's order, as typed but folded."""
        record = self._record_of(ordinal)
        if record is None:
            return []
        words = self._words(record)
        stems = {word.stem for word in words}
        found = [word.surface for word in query.words if word.stem in stems]
        prefix = query.prefix
        if prefix and prefix not in found and any(word.surface.startswith(prefix) for word in words):
            found.append(prefix)
        return found

    def put(self, ordinal: int, record: Record, before: Record | None) -> None:
        """Take the record in, instead of the one before; searched after the next publish."""
        if before is not None:
            self._forget(ordinal, before)
        self._index.put(ordinal, record)
        self._learn(ordinal, record)

    def remove(self, ordinal: int, before: Record) -> None:
        """Take the record out; gone after the next publish."""
        self._index.remove(ordinal)
        self._forget(ordinal, before)

    def restore(self, ordinal: int, record: Record, *, reindex: bool) -> None:
        """Take in a record that the saved index already has, or has to get when `reindex`."""
        if reindex:
            self._index.put(ordinal, record)
        self._learn(ordinal, record)

    def publish(self) -> None:
        """Let readers see what was put and removed."""
        self._index.commit()
        self._completer.publish()

    def save(self, directory: Path) -> None:
        """Write the index of what was published into an existing directory."""
        copy_segments(self._directory, directory)

    def close(self) -> None:
        """Wait for merges; nothing can be put afterwards."""
        self._index.close()

    def _words(self, record: Record) -> list[Word]:
        return self._analyzer.words("\n".join((record.title, *record.tags, record.text)))

    def _learn(self, ordinal: int, record: Record) -> None:
        self._spelling.add(self._vocabulary.add(self._words(record)))
        self.titles.add(ordinal, record.title)
        self._completer.add(record.title, record.popularity)

    def _forget(self, ordinal: int, record: Record) -> None:
        self._vocabulary.remove(self._words(record))
        self.titles.remove(ordinal, record.title)
        self._completer.remove(record.title, record.popularity)
