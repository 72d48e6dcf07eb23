"""Sends prepared requests from a process of its own and times each answer."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import uvloop

from tests.bench.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.client import Connection

GOOD = range(200, 300)


@dataclass(frozen=True, slots=True)
class Load:
    """What to send, for how long, and at what pace.

    Without a `rate` each of `concurrency` callers sends one request after the other (closed loop). With
    one, requests fall due at the moments of a Poisson process, that many a second, over as many
    connections (open loop); one that is sent late is timed from when it was due. Requests are shuffled by
    `seed`, and sent as they stand without one. `core` pins the driver.
    """

    port: int
    requests: Sequence[bytes]
    concurrency: int
    seconds: float
    rate: float | None = None
    core: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Milliseconds of each good answer, the first bad ones, and how long it all took."""

    latencies_ms: list[float]
    failures: list[str]
    seconds: float

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies_ms) / self.seconds


@dataclass(slots=True)
class _Tally:
    latencies_ms: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def send(self, connection: Connection, request: bytes, due: float) -> None:
        answer = await connection.send(request)
        if answer.status in GOOD:
            self.latencies_ms.append((time.perf_counter() - due) * 1_000)
        else:
            self.failures.append(f"{answer.status}: {answer.body[:200].decode(errors='replace')}")


def drive(load: Load) -> Outcome:
    """Run the load in a new process and return what came of it."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(drive_here, load).result()


def drive_here(load: Load) -> Outcome:
    """Run the load in this process."""
    if load.core is not None:
        os.sched_setaffinity(0, {load.core})
    return uvloop.run(_run(load))


async def _run(load: Load) -> Outcome:
    connections = [await connect(load.port) for _ in range(load.concurrency)]
    order = list(load.requests)
    if load.seed is not None:
        Random(load.seed).shuffle(order)
    requests = (order[i % len(order)] for i in count())
    tally = _Tally()
    started = time.perf_counter()
    try:
        if load.rate is None:
            await _closed(load, connections, requests, tally, started + load.seconds)
        else:
            await _open(load, connections, requests, tally, started)
    finally:
        for connection in connections:
            connection.close()
    return Outcome(tally.latencies_ms, tally.failures, time.perf_counter() - started)


async def _closed(
    load: Load, connections: list[Connection], requests: Iterator[bytes], tally: _Tally, end: float
) -> None:
    async def caller(connection: Connection) -> None:
        while (now := time.perf_counter()) < end:
            await tally.send(connection, next(requests), now)

    await asyncio.gather(*(caller(connection) for connection in connections))


async def _open(
    load: Load, connections: list[Connection], requests: Iterator[bytes], tally: _Tally, started: float
) -> None:
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in connections:
        free.put_nowait(connection)

    async def one(due: float) -> None:
        connection = await free.get()
        await tally.send(connection, next(requests), due)
        free.put_nowait(connection)

    async with asyncio.TaskGroup() as group:
        for due in moments(load.rate or 1.0, load.seconds, load.seed or 0):
            await asyncio.sleep(max(0.0, started + due - time.perf_counter()))
            group.create_task(one(started + due))


def moments(rate: float, seconds: float, seed: int) -> Iterator[float]:
    """Yield the moments of a Poisson process of `rate` a second, from 0 until `seconds`."""
    rng = Random(seed)
    at = rng.expovariate(rate)
    while at < seconds:
        yield at
        at += rng.expovariate(rate)
