"""Measures how many items and events a second become durable, and how soon they are found."""

from __future__ import annotations

import json
import sqlite3
import time
from random import Random
from typing import TYPE_CHECKING, Any

from tests.bench.client import encode
from tests.bench.driver import Load, drive
from tests.bench.report import Report, Table
from tests.bench.server import NotServed, Server, serving
from tests.bench.spread import Spread
from tests.load.vocabulary import CONCEPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.bench.conditions import Conditions

NUM_LINES = 10_000
SQLITE_BATCH = 500
CALLERS = 32
READY_S = 120.0
SETTLE_S = 2.0  # after which what came before is indexed
EVENTS = "/v1/events:batch"
WORDS = """A service without encoder and generator. Batch: {lines} lines of JSON in one body, acknowledged
when all are durable (SQLite, WAL, synchronous FULL); then until the last line is found by a search. One
by one: {callers} callers, each waiting for its own write to be durable, {seconds:g} s. Rounds: {rounds}.
Beside them what the disk and SQLite alone allow: the same JSON inserted by id, {batch} rows a commit,
same settings, nothing indexed. Events come twice: right after the items, and once those are indexed."""


def measure(conditions: Conditions) -> Report:
    """Measure batches and single writes of items and events."""
    figures: dict[str, list[float]] = {}
    arguments = [
        "serve",
        "--data",
        str(conditions.scratch / "ingest"),
        "--catalog",
        "none",
        "--model",
        "none",
    ]
    log = conditions.scratch / "ingest.log"
    with serving("app", arguments, log, {"TROUVERE_ENCODER": "none"}) as server:
        server.wait(lambda: server.answers("/readyz"), READY_S)
        for number_of_round in range(conditions.rounds):
            for name, value in _round(server, conditions, number_of_round):
                figures.setdefault(name, []).append(value)
    words = WORDS.format(
        lines=NUM_LINES,
        callers=CALLERS,
        seconds=conditions.seconds,
        rounds=conditions.rounds,
        batch=SQLITE_BATCH,
    )
    rows = [[name, str(Spread.of(values))] for name, values in figures.items()]
    return Report("ingest", "Writing", words, [Table(["what", "figure"], rows)])


def _round(server: Server, conditions: Conditions, number: int) -> Iterator[tuple[str, float]]:
    items, events = list(_items(number)), list(_events(number))
    rate, acknowledged = _batch(server, "/v1/items:batch", items)
    yield "items a second, batch", rate
    found = {"query": items[-1]["title"].split()[-1]}
    server.wait(lambda: bool(server.ask("POST", "/v1/search", found)["hits"]), READY_S)
    yield "seconds from there until the last is found", time.perf_counter() - acknowledged
    yield "events a second, batch, while items are still indexed", _batch(server, EVENTS, events)[0]
    time.sleep(SETTLE_S)
    yield "events a second, batch", _batch(server, EVENTS, list(_events(2_000 + number)))[0]
    singles = [encode("PUT", f"/v1/items/{item['id']}", item) for item in _items(1_000 + number)]
    yield "items a second, one by one", _drive(server, singles, conditions.seconds)
    singles = [encode("POST", "/v1/events", event) for event in _events(1_000 + number)]
    yield "events a second, one by one", _drive(server, singles, conditions.seconds)
    yield "rows a second, SQLite alone", _sqlite(conditions.scratch / f"plain-{number}.db", items)


def _batch(server: Server, path: str, bodies: list[dict[str, Any]]) -> tuple[float, float]:
    content = "\n".join(json.dumps(body) for body in bodies).encode()
    started = time.perf_counter()
    answer = server.ask("POST", path, content)
    ended = time.perf_counter()
    if answer["accepted"] != len(bodies):
        raise NotServed(f"{answer['accepted']} of {len(bodies)} lines were accepted")
    return len(bodies) / (ended - started), ended


def _drive(server: Server, requests: list[bytes], seconds: float) -> float:
    outcome = drive(Load(server.port, requests, CALLERS, seconds))
    if outcome.failures:
        raise NotServed(outcome.failures[0])
    return outcome.rate


def _items(seed: int) -> Iterator[dict[str, Any]]:
    rng = Random(seed)
    for number in range(NUM_LINES):
        words = [rng.choice(CONCEPTS) for _ in range(12)]
        title = f"{' '.join(words[:3])} zq{seed}x{number}"
        yield {"id": f"{seed}-{number}", "title": title, "text": " ".join(words), "tags": words[:2]}


def _events(seed: int) -> Iterator[dict[str, Any]]:
    rng = Random(seed)
    for number in range(NUM_LINES):
        item = f"{seed}-{rng.randrange(NUM_LINES)}"
        user = f"u{rng.randrange(500)}"
        yield {"id": f"e{seed}-{number}", "type": "click", "user": user, "item": item, "position": 1}


def _sqlite(
    path: Path, bodies: list[dict[str, Any]], clock: Callable[[], float] = time.perf_counter
) -> float:
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE items (id TEXT PRIMARY KEY, body TEXT)")
        started = clock()
        for first in range(0, len(bodies), SQLITE_BATCH):
            rows = [(body["id"], json.dumps(body)) for body in bodies[first : first + SQLITE_BATCH]]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO items VALUES (?, ?)", rows)
            connection.execute("COMMIT")
        seconds = clock() - started
    connection.close()
    return len(bodies) / seconds
