"""Keeps the inverted index of words and n-grams, and searches it: the one file that knows tantivy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import tantivy
from tantivy import Occur, Query

from indexes.ranked import allowed, best, nothing, rounded
from indexes.types import Matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from indexes.text.analyzer import Analyzer
    from indexes.text.query import TermQuery
    from indexes.text.vocabulary import Vocabulary
    from indexes.types import Mask, Record

Clause: TypeAlias = tuple[Occur, Query]

SCHEMA_VERSION = 1
TOKENS = "tokens"  # our name for the tokenizer that only splits at blanks
WRITER_BYTES = 32_000_000
NARROW = 512  # survivors of a filter up to which their ordinals join the query itself
SLACK = 16  # hits fetched beyond k, so that ties at the cut are usually seen at once
EXPANSIONS = 24  # words an unfinished word may stand for


@dataclass(frozen=True, slots=True)
class TermWeights:
    """How much a match counts: by field, by n-grams beside words, and by the beginning of a word."""

    title: float = 3.0
    tags: float = 2.0
    text: float = 1.0
    grams: float = 0.1
    prefix: float = 0.5

    def fields(self) -> tuple[tuple[str, float], ...]:
        """Return the word fields with their weights."""
        return (("title", self.title), ("tags", self.tags), ("text", self.text))


class TermIndex:
    """BM25 over records. One writer calls put, remove and commit; any thread searches.

    A search pins the searcher published by the last commit, which never changes.
    """

    def __init__(
        self, directory: Path, analyzer: Analyzer, vocabulary: Vocabulary, weights: TermWeights
    ) -> None:
        self._analyzer, self._vocabulary, self._weights = analyzer, vocabulary, weights
        self._schema = schema()
        self._index = tantivy.Index(self._schema, path=str(directory))
        tokens = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer(TOKENS, tokens)
        self._index.config_reader("manual")
        self._writer = self._index.writer(WRITER_BYTES, 1)
        self._index.reload()
        self._searcher = self._index.searcher()

    def put(self, ordinal: int, record: Record) -> None:
        """Index the record under its ordinal instead of any before; seen after the next commit."""
        self.remove(ordinal)
        document = tantivy.Document()
        document.add_integer("ordinal", ordinal)
        for field, texts in (("title", (record.title,)), ("tags", record.tags), ("text", (record.text,))):
            for text in texts:
                document.add_text(field, " ".join(word.stem for word in self._analyzer.words(text)))
                document.add_text("grams", " ".join(self._analyzer.grams(text)))
        self._writer.add_document(document)

    def remove(self, ordinal: int) -> None:
        """Take the ordinal out; seen after the next commit."""
        self._writer.delete_documents_by_term("ordinal", ordinal)

    def commit(self) -> None:
        """Publish what was put and removed."""
        self._writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()

    def close(self) -> None:
        """Wait for merges and give the directory free; the index cannot be used afterwards."""
        self._writer.wait_merging_threads()

    def search(self, query: TermQuery, k: int, mask: Mask | None = None) -> Matches:
        """Return the k best matches within the mask; those without one whole word come after all others."""
        if query.is_empty or k <= 0:
            return nothing()
        searcher = self._searcher
        narrow = self._narrow(mask)
        exact = _gather(searcher, _within(self._exact(query), narrow), k, mask)
        if len(exact.ordinals) >= k or query.phrases or not query.grams:
            return exact
        loose = _gather(searcher, _within(self._loose(query), narrow), k + len(exact.ordinals), mask)
        return _appended(exact, loose, k)

    def _narrow(self, mask: Mask | None) -> Query | None:
        """Return a query for the mask's ordinals when they are few, None when they are many."""
        if mask is None or np.count_nonzero(mask) > NARROW:
            return None
        return Query.term_set_query(self._schema, "ordinal", np.flatnonzero(mask).tolist())

    def _exact(self, query: TermQuery) -> Query:
        """Match a whole word, or one the unfinished word may become; n-grams only add to the score."""
        words = [self._word(word.stem) for word in query.words]
        if query.prefix is not None:
            words += self._beginnings(query.prefix)
        required: list[Clause] = [(Occur.Must, _any(words))]
        required += [(Occur.Must, self._phrase(stems)) for stems in query.phrases]
        if self._weights.grams and query.grams:
            required.append((Occur.Should, Query.boost_query(self._grams(query), self._weights.grams)))
        return Query.boolean_query(required)

    def _loose(self, query: TermQuery) -> Query:
        return self._grams(query)

    def _grams(self, query: TermQuery) -> Query:
        return _any([self._term("grams", gram) for gram in query.grams])

    def _word(self, stem: str) -> Query:
        fields = self._weights.fields()
        return _any([Query.boost_query(self._term(field, stem), weight) for field, weight in fields])

    def _beginnings(self, prefix: str) -> list[Query]:
        words = self._vocabulary.beginning(prefix, EXPANSIONS)
        stems = dict.fromkeys(self._analyzer.stem(word) for word in words)
        if not stems:
            return []
        longest = Query.disjunction_max_query([self._word(stem) for stem in stems])
        return [Query.boost_query(longest, self._weights.prefix)]

    def _phrase(self, stems: Sequence[str]) -> Query:
        if len(stems) == 1:
            return self._word(stems[0])
        fields = [field for field, _ in self._weights.fields()]
        return _any([Query.phrase_query(self._schema, field, list(stems)) for field in fields])

    def _term(self, field: str, token: str) -> Query:
        return Query.term_query(self._schema, field, token, index_option="freq")


def schema() -> tantivy.Schema:
    """Return the fields: one ordinal, three of stems with positions, one of n-grams."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("ordinal", indexed=True, fast=True)
    for field in ("title", "tags", "text"):
        builder.add_text_field(field, tokenizer_name=TOKENS, index_option="position")
    builder.add_text_field("grams", tokenizer_name=TOKENS, index_option="freq")
    return builder.build()


def _any(queries: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _within(query: Query, narrow: Query | None) -> Query:
    if narrow is None:
        return query
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(narrow, 0.0))])


def _gather(searcher: tantivy.Searcher, query: Query, k: int, mask: Mask | None) -> Matches:
    """Fetch ever more hits until k of them pass the mask and the cut splits no tie."""
    share = 1.0 if mask is None else max(np.count_nonzero(mask) / max(searcher.num_docs, 1), 1e-3)
    limit = math.ceil(k / min(share, 1.0)) + SLACK
    while True:
        hits = searcher.search(query, min(limit, max(searcher.num_docs, 1)), count=False).hits
        scores = np.fromiter((score for score, _ in hits), np.float32, len(hits))
        found = searcher.fast_field_values("ordinal", [address for _, address in hits])
        ordinals = np.asarray(found, np.int32)
        keep = allowed(ordinals, mask)
        matches = best(ordinals[keep], scores[keep], k)
        seen_all = len(hits) < limit
        if seen_all or (len(matches.scores) == k and rounded(scores[-1:])[0] < matches.scores[-1]):
            return matches
        limit *= 4


def _appended(first: Matches, second: Matches, k: int) -> Matches:
    """Return `first`, then what only `second` has, its scores scaled to lie below."""
    fresh = ~np.isin(second.ordinals, first.ordinals)
    ordinals, scores = second.ordinals[fresh], second.scores[fresh]
    if len(first.scores) and len(scores):
        scores = scores * np.float32(0.99) * min(first.scores[-1] / scores[0], np.float32(1.0))
    return Matches(
        np.concatenate([first.ordinals, ordinals])[:k],
        np.concatenate([first.scores, rounded(scores)])[:k],
    )
