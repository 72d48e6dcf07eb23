"""Keeps the inverted index of words and n-grams, and searches it: the one file that knows tantivy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import tantivy
from tantivy import Occur, Query

from indexes.ranked import allowed, best, nothing, rounded
from indexes.text.analyzer import grams_of
from indexes.text.query import Phrase
from indexes.types import Matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from indexes.text.analyzer import Analysis, Word
    from indexes.text.likely import Likely
    from indexes.text.query import TermQuery
    from indexes.text.synonyms import Alternative
    from indexes.types import Mask

Clause: TypeAlias = tuple[Occur, Query]

FIELDS = ("title", "tags", "text")
TOKENS = "tokens"  # our name for the tokenizer that only splits at blanks
WRITER_BYTES = 32_000_000
NARROW = 512  # survivors of a filter up to which their ordinals join the query itself
SLACK = 64  # hits fetched beyond k, so that ties at the cut are usually seen at once: asking twice costs more
MIN_SHARE = 1e-3  # of survivors, for the first guess of how many hits to fetch
MAX_COMPILED = 4_096  # queries remembered in tantivy's form until the next commit


@dataclass(frozen=True, slots=True)
class TermWeights:
    """How much a match counts: a word by its field; beside words what is like them, or meant by them."""

    title: float = 3.0
    tags: float = 2.0
    text: float = 1.0
    grams: float = 0.1
    prefix: float = 0.5
    likely: float = 0.5
    synonym: float = 0.8


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query in tantivy's form: what matches whole words, and what is only similar, if anything is."""

    exact: Query
    similar: Query | None


@dataclass(frozen=True, slots=True)
class Published:
    """What a commit published: a searcher that never changes, and the queries compiled since.

    Compiling looks words up in the vocabulary, which only changes on the way to the next commit.
    """

    searcher: tantivy.Searcher
    compiled: dict[tuple[str, str | None, tuple[Alternative, ...]], Compiled]


class TermIndex:
    """BM25 over analysed records. One writer calls put, remove and commit; any thread searches.

    A search pins what the last commit published.
    """

    def __init__(self, directory: Path, likely: Likely, weights: TermWeights) -> None:
        self._likely, self._weights = likely, weights
        self._schema = schema()
        self._index = tantivy.Index(self._schema, path=str(directory))
        tokens = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer(TOKENS, tokens)
        self._index.config_reader("manual")
        self._writer = self._index.writer(WRITER_BYTES, 1)
        self._index.reload()
        self._published = Published(self._index.searcher(), {})
        self._is_dirty = False

    def put(self, ordinal: int, fields: Mapping[str, Iterable[Analysis]]) -> None:
        """Index the texts of each field under the ordinal instead of any before; seen after commit."""
        self.remove(ordinal)
        document = tantivy.Document()
        document.add_integer("ordinal", ordinal)
        for field, texts in fields.items():
            for text in texts:
                document.add_text(field, " ".join(word.stem for word in text.words))
                document.add_text("grams", " ".join(text.grams))
        self._writer.add_document(document)

    def remove(self, ordinal: int) -> None:
        """Take the ordinal out; seen after commit."""
        self._writer.delete_documents_by_term("ordinal", ordinal)
        self._is_dirty = True

    def commit(self) -> None:
        """Publish what was put and removed."""
        if self._is_dirty:
            self._writer.commit()
            self._is_dirty = False
            self._index.reload()
            self._published = Published(self._index.searcher(), {})

    def close(self) -> None:
        """Wait for merges and give the directory free; nothing can be put afterwards."""
        self._writer.wait_merging_threads()

    def search(self, query: TermQuery, k: int, mask: Mask | None = None) -> Matches:
        """Return the k best matches within the mask; those without one whole word come after all others."""
        if query.is_empty or k <= 0:
            return nothing()
        published = self._published
        compiled, narrow = self._compiled(published, query), self._narrow(mask)
        exact = _gather(published.searcher, _within(compiled.exact, narrow), k, mask)
        if len(exact.ordinals) >= k or query.phrases or compiled.similar is None:
            return exact
        similar = _within(compiled.similar, narrow)
        return _appended(exact, _gather(published.searcher, similar, k + len(exact.ordinals), mask), k)

    def _compiled(self, published: Published, query: TermQuery) -> Compiled:
        key = (query.text, query.prefix, query.alternatives)
        found = published.compiled.get(key)
        if found is None:
            meant = self._meant(query)
            similar = meant + [clause for word in query.words for clause in self._alike(word)]
            found = Compiled(self._exact(query, meant), _any(similar) if similar else None)
            if len(published.compiled) >= MAX_COMPILED:
                published.compiled.clear()
            published.compiled[key] = found
        return found

    def _narrow(self, mask: Mask | None) -> Query | None:
        """Return a query for the mask's ordinals when they are few, None when they are many."""
        if mask is None or np.count_nonzero(mask) > NARROW:
            return None
        return Query.term_set_query(self._schema, "ordinal", np.flatnonzero(mask).tolist())

    def _exact(self, query: TermQuery, meant: Sequence[Query]) -> Query:
        """Match a whole word, or one the unfinished word may become; what is only alike adds to the score."""
        words = [self._word_or_synonym(word.stem, query) for word in query.words]
        several = [one for one in query.alternatives if len(one.sources) > 1]
        words += [self._synonym(one) for one in several]
        words += self._best_of(self._likely.beginnings(query.prefix), self._weights.prefix)
        clauses: list[Clause] = [(Occur.Must, _any(words))]
        clauses += [(Occur.Must, self._phrase(phrase)) for phrase in query.phrases]
        grams = _any([self._term("grams", gram) for gram in query.grams])
        clauses.append((Occur.Should, Query.boost_query(grams, self._weights.grams)))
        clauses += [(Occur.Should, clause) for clause in meant]
        return Query.boolean_query(clauses)

    def _meant(self, query: TermQuery) -> list[Query]:
        """Match what each unknown word was likely meant to be, unless it may be an unfinished one."""
        begun = query.prefix if self._likely.beginnings(query.prefix) else None
        open_words = [word for word in query.words if word.stem not in query.explained]
        unknown = [self._likely.corrections(word) for word in open_words if word.surface != begun]
        return [clause for stems in unknown for clause in self._best_of(stems, self._weights.likely)]

    def _alike(self, word: Word) -> list[Query]:
        """Match a share of the word's n-grams that one edit leaves; short words have none to spare."""
        grams = grams_of(word)
        need = max(2, len(grams) - 4) if word.spaced else max(1, len(grams) - 1)
        if need > len(grams) or (word.spaced and len(grams) < 3):
            return []
        clauses = [(Occur.Should, self._term("grams", gram)) for gram in grams]
        alike = Query.boolean_query(clauses, minimum_number_should_match=need)
        return [Query.boost_query(alike, self._weights.grams)]

    def _word_or_synonym(self, stem: str, query: TermQuery) -> Query:
        """Match a word or what stands for it alone, scored by the best of them: saying both says it once."""
        others = [self._synonym(one) for one in query.alternatives if one.sources == (stem,)]
        word = self._word(stem)
        return Query.disjunction_max_query([word, *others]) if others else word

    def _synonym(self, one: Alternative) -> Query:
        return Query.boost_query(self._phrase(Phrase(one.stems)), self._weights.synonym)

    def _word(self, stem: str) -> Query:
        weights = self._weights
        return _any(
            [
                Query.boost_query(self._term("title", stem), weights.title),
                Query.boost_query(self._term("tags", stem), weights.tags),
                Query.boost_query(self._term("text", stem), weights.text),
            ]
        )

    def _best_of(self, stems: Sequence[str], weight: float) -> list[Query]:
        """Match any of the stems, scored by the best of them; nothing when there are none."""
        if not stems:
            return []
        return [Query.boost_query(Query.disjunction_max_query([self._word(s) for s in stems]), weight)]

    def _phrase(self, phrase: Phrase) -> Query:
        if len(phrase.stems) == 1:
            return self._word(phrase.stems[0])
        ways = [Query.phrase_query(self._schema, field, list(phrase.stems)) for field in FIELDS]
        if phrase.steps:
            ways.append(Query.boolean_query([(Occur.Must, self._term("grams", g)) for g in phrase.steps]))
        return _any(ways)

    def _term(self, field: str, token: str) -> Query:
        return Query.term_query(self._schema, field, token, index_option="freq")


def schema() -> tantivy.Schema:
    """Return the fields: the ordinal, three of stems with positions, one of n-grams."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("ordinal", indexed=True, fast=True)
    for field in FIELDS:
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
    num_documents = max(searcher.num_docs, 1)
    share = 1.0 if mask is None else max(np.count_nonzero(mask) / num_documents, MIN_SHARE)
    limit = math.ceil(k / min(share, 1.0)) + SLACK
    while True:
        hits = searcher.search(query, min(limit, num_documents), count=False).hits
        if not hits:
            return nothing()
        told, addresses = zip(*hits, strict=True)
        scores = np.array(told, np.float32)
        ordinals = np.array(searcher.fast_field_values("ordinal", list(addresses)), np.int32)
        if mask is None:
            matches = best(ordinals, scores, k)
        else:
            keep = allowed(ordinals, mask)
            matches = best(ordinals[keep], scores[keep], k)
        seen_all = len(hits) < limit
        if seen_all or (len(matches.scores) == k and rounded(scores[-1:])[0] < matches.scores[-1]):
            return matches
        limit *= 4


def _appended(first: Matches, second: Matches, k: int) -> Matches:
    """Return `first`, then what only `second` has, its scores scaled to lie below."""
    known = set(first.ordinals.tolist())
    fresh = [place for place, ordinal in enumerate(second.ordinals.tolist()) if ordinal not in known]
    ordinals, scores = second.ordinals[fresh], second.scores[fresh]
    if len(first.scores) and len(scores):
        scores = scores * (np.float32(0.99) * min(first.scores[-1] / scores[0], np.float32(1.0)))
    return Matches(
        np.concatenate([first.ordinals, ordinals])[:k],
        np.concatenate([first.scores, rounded(scores)])[:k],
    )
