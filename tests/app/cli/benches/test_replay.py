"""The replay's clock counts computing alone, and its figures follow from it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from app.cli.benches.replay import Replay, percentile
from app.cli.benches.stream import Arrival
from app.domain.engine import EngineEvent, Order
from app.domain.jobs import EventType
from tests.app.worker.studio import Clock, order


@dataclass
class Slow:
    """Serves in order, two seconds a turn: a preview in the first, the picture in the second."""

    clock: Clock
    waiting: list[str] = field(default_factory=list)
    num_calls: int = 0

    @property
    def has_work(self) -> bool:
        return bool(self.waiting)

    def submit(self, order: Order) -> None:
        self.waiting += [order.job_id] * 2

    def cancel(self, job_id: str) -> None:
        self.waiting = [job for job in self.waiting if job != job_id]

    def turn(self) -> list[EngineEvent]:
        self.clock.now += 2.0
        self.num_calls += 1
        job = self.waiting.pop(0)
        return [EngineEvent(job, EventType.PARTIAL_IMAGE if job in self.waiting else EventType.IMAGE, 0)]


def test_latency_is_counted_from_arrival_and_idle_time_is_leapt_over() -> None:
    """Two that come together wait for each other; a third, long after, waits for nobody."""
    clock = Clock()
    arrivals = [Arrival(1.0, order("a")), Arrival(1.5, order("b")), Arrival(100.0, order("c"))]
    figures = Replay(Slow(clock), clock).play(arrivals)
    assert figures.latencies == (4.0, 4.0, 7.5)
    assert figures.previews == (2.0, 2.0, 5.5)
    assert (figures.seconds, figures.num_calls) == (104.0, 6)
    assert figures.rate == pytest.approx(3 / 104)
    assert clock.now == 1000.0 + 12.0


def test_a_cancel_takes_effect_after_the_call_that_runs() -> None:
    """Asked for in the middle of a turn, it counts from then to the turn's end, and no latency is told."""
    clock = Clock()
    arrivals = [Arrival(0.0, order("a"), gives_up_at=0.5), Arrival(0.0, order("b"), gives_up_at=99.0)]
    figures = Replay(Slow(clock), clock).play(arrivals)
    assert figures.cancels == (1.5,)
    assert figures.latencies == (6.0,)


def test_percentiles_are_by_nearest_rank() -> None:
    """Half of four values do not pass the second; of none it is 0."""
    assert [percentile((1.0, 2.0, 3.0, 9.0), percent) for percent in (1, 50, 75, 99)] == [1.0, 2.0, 3.0, 9.0]
    assert percentile((), 50) == 0.0
