"""Measures recall and ranking of one query, without HTTP and without encoding."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.search import SearchRequest
from tests.bench.conditions import running
from tests.bench.corpus import SPACE
from tests.bench.plain import PlainPair
from tests.bench.report import Report, Table
from tests.bench.spread import Spread, median, number, percentile

if TYPE_CHECKING:
    from app.domain.search import SearchResult
    from app.search.service import Search
    from tests.bench.conditions import Conditions
    from tests.bench.corpus import Corpus

LIMIT = 20
WORDS = """One query at a time in one process, answered with {limit} hits: {queries} queries over {items}
items, {rounds} rounds, turn and turn about. Query vectors are cached on both sides, so nothing is
encoded. Beside the service's `Search` (branches, fusion, documents, branch ranks, reasons)
stands the pair that one would write oneself: hnswlib (ef 100, 100 hits), tantivy (100 hits, English
stems), reciprocal ranks."""


@dataclass(slots=True)
class Times:
    """Milliseconds: each query's by the clock, by round; the mean query's of the processor, by round."""

    clock: list[list[float]] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def add(self, clock: list[float], processor_ms: float) -> None:
        """Add a round."""
        self.clock.append(clock)
        self.processor.append(processor_ms / len(clock))

    def row(self, name: str) -> list[str]:
        """Return p50, p99 and the processor's time, each with its spread over the rounds."""
        halves = [percentile(times, 50) for times in self.clock]
        tails = [percentile(times, 99) for times in self.clock]
        return [name, *(str(Spread.of(values)) for values in (halves, tails, self.processor))]


def measure(conditions: Conditions) -> Report:
    """Measure the service's search and the plain pair."""
    corpus = conditions.corpus()
    ours, plain = Times(), Times()
    stages: dict[str, list[float]] = defaultdict(list)
    asyncio.run(_measure(conditions, corpus, ours, plain, stages))
    words = WORDS.format(
        limit=LIMIT, queries=len(corpus.queries), items=len(corpus.items), rounds=conditions.rounds
    )
    laps = Table(
        ["stage of the service's search", "p50 ms", "p99 ms"],
        [
            [stage, number(median(times)), number(percentile(times, 99))]
            for stage, times in stages.items()
            if stage != "encode"
        ],
    )
    whole = Table(
        ["one query", "p50 ms", "p99 ms", "processor ms"],
        [ours.row("the service's `Search`"), plain.row("hnswlib + tantivy + RRF")],
    )
    return Report("ranking", "Recall and ranking of a query", words, [whole, laps])


async def _measure(
    conditions: Conditions, corpus: Corpus, ours: Times, plain: Times, stages: dict[str, list[float]]
) -> None:
    pair = PlainPair(corpus)
    async with running(conditions.collection()) as services:
        for query in corpus.queries:  # waits for the encoder, and fills its cache
            await services.search.encoders[SPACE].encode(query)
        await _ours(services.search, corpus)  # fills the cache of items
        _plain(pair, corpus)
        for _ in range(conditions.rounds):
            before = time.process_time()
            clock, results = await _ours(services.search, corpus)
            ours.add(clock, (time.process_time() - before) * 1_000)
            for result in results:
                for stage, ms in result.stages:
                    stages[stage].append(ms)
            before = time.process_time()
            clock = _plain(pair, corpus)
            plain.add(clock, (time.process_time() - before) * 1_000)


async def _ours(search: Search, corpus: Corpus) -> tuple[list[float], list[SearchResult]]:
    times, results = [], []
    for query in corpus.queries:
        started = time.perf_counter()
        results.append(await search.search(SearchRequest(query=query, limit=LIMIT)))
        times.append((time.perf_counter() - started) * 1_000)
    return times, results


def _plain(pair: PlainPair, corpus: Corpus) -> list[float]:
    times = []
    for query, vector in zip(corpus.queries, corpus.query_vectors, strict=True):
        started = time.perf_counter()
        pair.search(query, vector, LIMIT)
        times.append((time.perf_counter() - started) * 1_000)
    return times
