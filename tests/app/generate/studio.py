"""Sets a generation service up over a real store and an engine that draws on command."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from app.domain.engine import EngineEvent, Likelihood, Order, Pixels
from app.domain.errors import Overloaded
from app.domain.jobs import EventType, GenerationRequest
from app.generate.service import Generation
from app.store.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from app.domain.jobs import JobEvent

SIDE = 4
NUM_STEPS = 3
LATENT = b"a latent"


def drawn(seed: int) -> Pixels:
    """Return the 4 x 4 picture of a seed: its first pixels spell the seed, the rest is its shade."""
    head = seed.to_bytes(8, "big")
    return Pixels(SIDE, SIDE, head + bytes([seed % 251]) * (SIDE * SIDE * 3 - len(head)))


class FakeEngine:
    """Draws each picture in three steps, once `go` is set; stricter than the protocol asks.

    An order must be admitted before it starts, starts once, and leaves its place when its events end.
    `failing` names indices that fail; `room` bounds orders, not pictures.
    """

    model = "trouvere-icons"
    digest = "f" * 64
    native_size = (SIDE, SIDE)
    sizes = ((SIDE, SIDE),)
    controls: Mapping[str, Sequence[str]] = MappingProxyType({"weight": ("bold", "thin")})
    guidances = ("classifier_free", "classifier", "auto")
    neighbours = 2

    def __init__(self, room: int = 100, failing: frozenset[int] = frozenset()) -> None:
        self.room = room
        self.failing = failing
        self.go = asyncio.Event()
        self.orders: dict[str, Order] = {}
        self.started: list[str] = []
        self.cancelled: list[str] = []
        self.is_closed = False
        self._stops: dict[str, asyncio.Event] = {}

    def admit(self, order: Order) -> None:
        """Take a place."""
        assert order.job_id not in self.orders
        if len(self.orders) >= self.room:
            raise Overloaded("the queue is full", retry_after_s=7.5)
        self.orders[order.job_id] = order
        self._stops[order.job_id] = asyncio.Event()

    async def start(self, job_id: str) -> AsyncGenerator[EngineEvent, None]:
        """Tell the three steps of each picture, half of them with a preview where one is asked for."""
        order = self.orders.get(job_id)
        if order is None:
            return
        assert job_id not in self.started
        self.started.append(job_id)
        try:
            yield EngineEvent(job_id, EventType.STARTED)
            await self._either(job_id)
            for index in order.indices:
                for event in self._picture(order, index):
                    if self._stops[job_id].is_set() or self.is_closed:
                        return
                    yield event
        finally:
            self.orders.pop(job_id, None)

    async def cancel(self, job_id: str) -> None:
        """End an order's events."""
        self.cancelled.append(job_id)
        self.orders.pop(job_id, None)
        if job_id in self._stops:
            self._stops[job_id].set()

    async def encode(self, pixels: Pixels) -> bytes:
        """Return a latent that spells the picture's size and its first byte."""
        assert len(pixels.content) == pixels.width * pixels.height * 3
        return bytes([pixels.width, pixels.height, pixels.content[0], 0])

    async def likelihood(self, pixels: Pixels, prompt: str, seed: int, num_probes: int) -> Likelihood:
        """Return a value that tells the first byte, and an error that tells the seed."""
        assert prompt is not None
        return Likelihood(
            pixels.content[0] / 255, seed / 1000, "nats per latent dimension", 16, 49, num_probes
        )

    def close(self) -> None:
        """End all events where they are."""
        self.is_closed = True
        self.go.set()

    def is_ready(self) -> bool:
        """Always ready."""
        return True

    def gauges(self) -> Mapping[str, float]:
        """Nothing is counted."""
        return {}

    async def _either(self, job_id: str) -> None:
        waiting = [asyncio.ensure_future(event.wait()) for event in (self.go, self._stops[job_id])]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    def _picture(self, order: Order, index: int) -> list[EngineEvent]:
        name, pixels = order.job_id, drawn(order.request.seed + index)
        if index in self.failing:
            return [EngineEvent(name, EventType.FAILED, index, error="it broke")]
        steps = [EngineEvent(name, EventType.PROGRESS, index, i + 1, NUM_STEPS) for i in range(NUM_STEPS)]
        if order.request.partial_images:
            shown = EngineEvent(name, EventType.PARTIAL_IMAGE, index, 1, NUM_STEPS, Pixels(1, 1, b"\x80" * 3))
            steps.insert(1, shown)
        done = EngineEvent(
            name, EventType.IMAGE, index, NUM_STEPS, NUM_STEPS, pixels, 5, "stop", latent=LATENT
        )
        return [*steps, done]


class Desk:
    """A service with the store and the engine behind it."""

    def __init__(self, store: Store, engine: FakeEngine | None) -> None:
        self.store = store
        self.engine = engine
        counter = itertools.count(store.log.last_lsn())
        self.service = Generation(
            store.log, store.jobs, store.blobs, engine, lambda: 1_700_000_000.0, lambda: f"job{next(counter)}"
        )


@asynccontextmanager
async def open_desk(folder: Path, engine: FakeEngine | None) -> AsyncIterator[Desk]:
    """Open the store of a folder and a service over it, and close both."""
    store = open_store(f"sqlite:///{folder / 'log.db'}")
    desk = Desk(store, engine)
    try:
        yield desk
    finally:
        await desk.service.close()
        store.close()


def request(**fields: Any) -> GenerationRequest:
    """Return a request in the fake model's native size."""
    return GenerationRequest.from_body({"prompt": "a red horse", "size": "auto", **fields})


async def told(service: Generation, job_id: str, after: int = -1) -> list[JobEvent]:
    """Follow a job to its end."""
    return [event async for event in service.events(job_id, after)]
