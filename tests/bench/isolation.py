"""Measures whether search stays fast while the generator saturates the machine."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

from tests.bench.client import encode
from tests.bench.driver import Load, Outcome, drive
from tests.bench.pictures import make, make_until
from tests.bench.report import Report, Table
from tests.bench.server import NotServed, serving
from tests.bench.spread import Spread, median, number, percentile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.conditions import Conditions
    from tests.bench.server import Server

RATE = 30.0  # searches a second
CONNECTIONS = 16
WAITING = 8
SETTLE_S = 1.0
READY_S = 300.0
WORDS = """Searches fall due at {rate:g} a second at random (Poisson) moments, whatever became of the ones
before, and are timed from when they were due, with and without {waiting} pictures always waiting for the
generator; {rounds} rounds of {seconds:g} s each, turn and turn about."""


def measure(conditions: Conditions) -> Report:
    """Measure searches in quiet and in busy windows, turn and turn about."""
    corpus = conditions.corpus()
    requests = [encode("POST", "/v1/search", {"query": query}) for query in corpus.queries]
    quiet: list[Outcome] = []
    busy: list[Outcome] = []
    rates: list[float] = []
    data = ["serve", "--data", str(conditions.collection())]
    with serving("app", data, conditions.scratch / "isolation.log") as server:
        server.wait(lambda: bool(server.ask("GET", "/v1/stats")["model_ready"]), READY_S)
        make(server, 1)
        for query in corpus.queries:
            server.ask("POST", "/v1/search", {"query": query})
        for number_of_round in range(conditions.rounds):
            quiet.append(_searches(server, requests, conditions.seconds, number_of_round))
            outcome, rate = _beside_pictures(server, requests, conditions.seconds, number_of_round)
            busy.append(outcome)
            rates.append(rate)
    words = WORDS.format(rate=RATE, waiting=WAITING, rounds=conditions.rounds, seconds=conditions.seconds)
    head = ["searches", "p50 ms", "p99 ms", "pictures a second beside them"]
    rows = [_row("without pictures", quiet, "none"), _row("with pictures", busy, str(Spread.of(rates)))]
    ratio = median([_tail(outcome) for outcome in busy]) / median([_tail(outcome) for outcome in quiet])
    again = Table(["p99 with pictures over p99 without"], [[number(ratio)]])
    return Report("isolation", "Search beside generation", words, [Table(head, rows), again])


def _searches(server: Server, requests: list[bytes], seconds: float, seed: int) -> Outcome:
    outcome = drive(Load(server.port, requests, CONNECTIONS, seconds, rate=RATE, seed=seed))
    if outcome.failures:
        raise NotServed(outcome.failures[0])
    return outcome


def _beside_pictures(
    server: Server, requests: list[bytes], seconds: float, seed: int
) -> tuple[Outcome, float]:
    stop = Event()
    with ThreadPoolExecutor(1) as pool:
        started = time.perf_counter()
        making = pool.submit(make_until, server, stop, WAITING)
        try:
            time.sleep(SETTLE_S)
            outcome = _searches(server, requests, seconds, seed)
        finally:
            stop.set()
        return outcome, making.result() / (time.perf_counter() - started)


def _tail(outcome: Outcome) -> float:
    return percentile(outcome.latencies_ms, 99)


def _row(name: str, outcomes: Sequence[Outcome], pictures: str) -> list[str]:
    halves = Spread.of([percentile(outcome.latencies_ms, 50) for outcome in outcomes])
    return [name, str(halves), str(Spread.of([_tail(outcome) for outcome in outcomes])), pictures]
