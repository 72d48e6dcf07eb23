"""Measures whole HTTP requests beside a bare endpoint over the same libraries."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bench.client import encode
from tests.bench.driver import Load, Outcome, drive
from tests.bench.report import Report, Table
from tests.bench.server import NotServed, Server, serving
from tests.bench.spread import Spread, median, number, percentile
from tests.load.vocabulary import CONCEPTS, MANNERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.conditions import Conditions

CONCURRENCY = (1, 8, 32)
LIMIT = 20
READY_S = 300.0
OURS, BARE, FRESH = "`POST /v1/search`", "bare FastAPI endpoint", "`POST /v1/search`, every query new"
WORDS = """`POST /v1/search` for {limit} hits over {items} items, with branch reports, ranks and reasons,
beside a bare FastAPI + uvicorn endpoint over hnswlib (ef 100, 100 hits), tantivy (100 hits) and
reciprocal ranks that returns the same items as stored. One process each; one driver pinned to one core
sends {queries} queries over kept-alive connections, {rounds} rounds of {seconds:g} s, turn and turn
about. Both have the query's vector at hand; the third row asks what nobody asked before, so that each
query is encoded too. Processor time is the server's, its children included; failed are answers other than
2xx."""


@dataclass(slots=True)
class Rounds:
    """What each round gave for one contender at one concurrency."""

    outcomes: list[Outcome] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)  # a request

    def row(self, name: str, concurrency: int) -> list[str]:
        """Return rate, p50, p99 and processor time, each with its spread over the rounds, and what failed."""
        rates = [outcome.rate for outcome in self.outcomes]
        halves = [percentile(outcome.latencies_ms, 50) for outcome in self.outcomes]
        tails = [percentile(outcome.latencies_ms, 99) for outcome in self.outcomes]
        spreads = (Spread.of(values) for values in (rates, halves, tails, self.processor_ms))
        failed = sum(len(outcome.failures) for outcome in self.outcomes)
        return [str(concurrency), name, *(str(spread) for spread in spreads), str(failed)]

    def num_sent(self, concurrency: int) -> int:
        """Return how many requests the last round can have begun at most."""
        last = self.outcomes[-1]
        return len(last.latencies_ms) + len(last.failures) + concurrency

    @property
    def rate(self) -> float:
        """The middle round's answers a second."""
        return median([outcome.rate for outcome in self.outcomes])


def measure(conditions: Conditions) -> Report:
    """Measure both servers at each concurrency, and queries that nobody asked before."""
    corpus = conditions.corpus()
    known = [{"query": query, "limit": LIMIT} for query in corpus.queries]
    requests = {
        OURS: [encode("POST", "/v1/search", body) for body in known],
        BARE: [encode("POST", "/search", body) for body in known],
        FRESH: [
            encode("POST", "/v1/search", {"query": q, "limit": LIMIT}) for q in new_queries(corpus.queries)
        ],
    }
    found = _rounds(conditions, requests)
    words = WORDS.format(
        limit=LIMIT,
        items=len(corpus.items),
        queries=len(known),
        rounds=conditions.rounds,
        seconds=conditions.seconds,
    )
    head = ["callers", "server", "requests a second", "p50 ms", "p99 ms", "processor ms a request", "failed"]
    table = Table(head, [found[who, c].row(who, c) for c in CONCURRENCY for who in requests])
    ratios = Table(
        ["callers", "bare endpoint's rate over the service's"],
        [[str(c), number(found[BARE, c].rate / found[OURS, c].rate)] for c in CONCURRENCY],
    )
    return Report("requests", "A whole request", words, [table, ratios])


def new_queries(asked: Sequence[str]) -> list[str]:
    """Return thousands of queries that are not among those: two concepts and a manner."""
    pairs = ((a, b) for i, a in enumerate(CONCEPTS) for b in CONCEPTS[i + 1 : i + 60])
    made = [f"{a} {b} {MANNERS[i % len(MANNERS)]}" for i, (a, b) in enumerate(pairs)]
    return [query for query in made if query not in set(asked)]


def _rounds(conditions: Conditions, requests: dict[str, list[bytes]]) -> defaultdict[tuple[str, int], Rounds]:
    found: defaultdict[tuple[str, int], Rounds] = defaultdict(Rounds)
    with ExitStack() as stack:
        servers = _servers(conditions, stack)
        for who in (OURS, BARE):
            for request in requests[who]:
                _warm(servers[who], request)
        for number_of_round in range(conditions.rounds):
            for concurrency in CONCURRENCY:
                for who, asked in requests.items():
                    seed = None if who == FRESH else number_of_round
                    _one(servers[who], asked, conditions.seconds, concurrency, seed, found[who, concurrency])
                requests[FRESH] = requests[FRESH][found[FRESH, concurrency].num_sent(concurrency) :]
    return found


def _servers(conditions: Conditions, stack: ExitStack) -> dict[str, Server]:
    scratch = conditions.scratch
    data = ["serve", "--data", str(conditions.collection()), "--model", "none"]
    ours = stack.enter_context(serving("app", data, scratch / "service.log"))
    corpus = ["--corpus", str(conditions.corpus_folder)]
    bare = stack.enter_context(serving("tests.bench.plain", corpus, scratch / "plain.log"))
    ours.wait(lambda: ours.answers("/readyz"), READY_S)
    bare.wait(lambda: bare.answers("/openapi.json"), READY_S)
    return {OURS: ours, BARE: bare, FRESH: ours}


def _warm(server: Server, request: bytes) -> None:
    path, _, content = request.partition(b"\r\n\r\n")
    server.ask("POST", path.split()[1].decode(), content)


def _one(
    server: Server, requests: list[bytes], seconds: float, concurrency: int, seed: int | None, rounds: Rounds
) -> None:
    before = server.cpu_seconds()
    core = max(os.sched_getaffinity(0))
    outcome = drive(Load(server.port, requests, concurrency, seconds, core=core, seed=seed))
    if not outcome.latencies_ms:
        raise NotServed(outcome.failures[0])
    rounds.outcomes.append(outcome)
    rounds.processor_ms.append((server.cpu_seconds() - before) * 1_000 / len(outcome.latencies_ms))
