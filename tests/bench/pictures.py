"""Asks a service for pictures as a browser would, and times what appears."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from tests.bench.server import NotServed
from tests.load import checks
from tests.load.stream import Refused, posted
from tests.load.vocabulary import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

    from tests.bench.server import Server

PATH = "/v1/images/generations"


@dataclass(frozen=True, slots=True)
class Made:
    """Seconds from asking until the first preview and until the whole picture."""

    preview_s: float
    whole_s: float


def make(server: Server, seed: int) -> Made:
    """Make one picture at the default settings. Raises NotServed when it is not made."""
    body = {
        "prompt": phrase(Random(seed)),
        "seed": seed,
        "stream": True,
        "partial_images": 3,
        "save": False,
    }
    started = time.perf_counter()
    preview = None
    with posted(server.url, PATH, body, {}) as events:
        for event in events:
            if event.name.endswith(".partial_image") and preview is None:
                preview = time.perf_counter() - started
            elif event.name.endswith(".completed"):
                whole = time.perf_counter() - started
                checks.picture(event.data["b64_json"])
                return Made(whole if preview is None else preview, whole)
            elif event.name == "error":
                raise NotServed(event.data["error"]["message"])
    raise NotServed("the stream ended before the picture was whole")


def make_at_once(server: Server, num_pictures: int, seed: int) -> tuple[list[Made], float]:
    """Ask for several at the same moment; return each and the seconds that all took."""
    started = time.perf_counter()
    with ThreadPoolExecutor(num_pictures) as pool:
        made = list(pool.map(lambda i: make(server, seed + i), range(num_pictures)))
    return made, time.perf_counter() - started


def make_until(server: Server, stop: Event, num_waiting: int, seeds: Iterator[int] | None = None) -> int:
    """Keep `num_waiting` requests waiting until told to stop; return how many pictures were made."""
    drawn = seeds or count(1_000)

    def caller(_: int) -> int:
        made = 0
        while not stop.is_set():
            try:
                make(server, next(drawn))
            except Refused:
                time.sleep(0.1)
            else:
                made += 1
        return made

    with ThreadPoolExecutor(num_waiting) as pool:
        return sum(pool.map(caller, range(num_waiting)))
