"""Joins all that is known of a collection's words: index, vocabulary, titles, completion, spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexes.text.inverted import TermIndex, TermWeights
from indexes.text.likely import Likely
from indexes.text.query import parse_query
from indexes.text.segments import copy_segments
from indexes.text.spelling import Spelling
from indexes.text.suggest import Completer, Suggester
from indexes.text.synonyms import Synonyms
from indexes.text.titles import Titles
from indexes.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from indexes.text.analyzer import Analysis, Analyzer, Word
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
        self.synonyms = Synonyms(analyzer)
        self.suggest = Suggester(self._completer, self._spelling.correct)
        self._directory = directory
        if saved is not None:
            copy_segments(saved, directory)
        likely = Likely(self._vocabulary, self._spelling, analyzer)
        self._index = TermIndex(directory, likely, weights)

    def parse(self, text: str, *, prefix: bool = False) -> TermQuery:
        """Read a query; with `prefix` its last word may be unfinished."""
        return parse_query(text, self._analyzer, self.synonyms, prefix=prefix)

    def search(self, query: TermQuery, k: int, mask: Mask | None = None) -> Matches:
        """Return the k best matches within the mask; those without one whole word come after all others."""
        return self._index.search(query, k, mask)

    def matched(self, ordinal: int, query: TermQuery) -> list[str]:
        """Return the query's words that the record has, in the query's order, as typed but folded."""
        record = self._record_of(ordinal)
        if record is None:
            return []
        words = list(_words(self._analysed(record)))
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
        self.restore(ordinal, record, reindex=True)

    def remove(self, ordinal: int, before: Record) -> None:
        """Take the record out; gone after the next publish."""
        self._index.remove(ordinal)
        self._forget(ordinal, before)

    def restore(self, ordinal: int, record: Record, *, reindex: bool) -> None:
        """Take in a record that the saved index already has, or has to get when `reindex`."""
        if reindex:
            fields = self._analysed(record)
            self._index.put(ordinal, fields)
            words = _words(fields)
        else:
            words = (word for text in _texts(record) for word in self._analyzer.words(text))
        self._spelling.add(self._vocabulary.add(words))
        self.titles.add(ordinal, record.title)
        self._completer.add(record.title, record.popularity)

    def publish(self) -> None:
        """Let readers see what was put and removed."""
        self._index.commit()
        self._completer.merge()

    def save(self, directory: Path) -> None:
        """Write the index of what was published into an existing directory."""
        copy_segments(self._directory, directory)

    def close(self) -> None:
        """Wait for merges; nothing can be put afterwards."""
        self._index.close()

    def _analysed(self, record: Record) -> dict[str, list[Analysis]]:
        texts = {"title": (record.title,), "tags": record.tags, "text": (record.text,)}
        return {field: [self._analyzer.analyse(text) for text in held] for field, held in texts.items()}

    def _forget(self, ordinal: int, record: Record) -> None:
        self._vocabulary.remove(word for text in _texts(record) for word in self._analyzer.words(text))
        self.titles.remove(ordinal, record.title)
        self._completer.remove(record.title, record.popularity)


def _words(fields: Mapping[str, list[Analysis]]) -> Iterator[Word]:
    return (word for texts in fields.values() for text in texts for word in text.words)


def _texts(record: Record) -> tuple[str, ...]:
    return (record.title, *record.tags, record.text)
