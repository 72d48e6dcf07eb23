"""Builds engines over the tiny system on one thread, and runs orders through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.domain.engine import Order, Plane, Start
from app.domain.jobs import EventType, GenerationRequest
from app.worker.assembly import assemble
from app.worker.messages import Setup
from app.worker.prompts import Prompts
from app.worker.warmup import Warm
from tests.app.worker.tiny import TinySystem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.domain.engine import EngineEvent
    from app.worker.engine import Engine
    from app.worker.system import System


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def engine_of(
    system: System | None = None,
    *,
    rows: int = 16,
    max_tasks: int = 64,
    clock: Callable[[], float] | None = None,
) -> Engine:
    """Return an idle engine over a tiny system."""
    system = system or TinySystem()
    clock = clock or Clock()
    setup = Setup("", max_tasks=max_tasks, rows=rows)
    prompts = Prompts(system)
    return assemble(system, prompts, setup, Warm(rows, 0.01, 4), clock=clock, timer=clock)


def order(
    job_id: str,
    deadline_at: float | None = None,
    start: Start | None = None,
    mask: Plane | None = None,
    shown: tuple[bytes, ...] = (),
    **request: Any,
) -> Order:
    """Return an order for every picture of a request."""
    wanted = GenerationRequest.from_body({"prompt": "a red horse", **request})
    return Order(job_id, wanted, tuple(range(wanted.num_images)), deadline_at, start, mask, shown)


def turn(engine: Engine) -> list[EngineEvent]:
    """Return what happened in one turn."""
    return [event for events in engine.turn() for event in events]


def run(engine: Engine, limit: int = 10_000) -> list[EngineEvent]:
    """Turn until nothing is left to do."""
    events: list[EngineEvent] = []
    while engine.has_work:
        events += turn(engine)
        limit -= 1
        assert limit, "the engine does not come to an end"
    return events


def pictures(events: Iterable[EngineEvent]) -> dict[tuple[str, int], bytes]:
    """Return the bytes of every finished picture by job and index."""
    return {
        (event.job_id, event.index): event.pixels.content
        for event in events
        if event.type is EventType.IMAGE and event.index is not None and event.pixels is not None
    }


def solo(wanted: Order) -> dict[tuple[str, int], bytes]:
    """Return the pictures of one order made with nobody beside it."""
    engine = engine_of()
    engine.submit(wanted)
    return pictures(run(engine))
