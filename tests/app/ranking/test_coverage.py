"""How well a query is covered is known from its second time on, and costs no request anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np

from app.ranking.coverage import QueryCoverage

RED, BLUE, GREEN = (np.full(3, number, np.float32) for number in (1, 2, 3))


def test_a_query_is_measured_behind_who_asks_first() -> None:
    """The first gets nothing at once, the next the value; meanwhile nobody waits and nothing queues up."""
    free, measured = Event(), list[float]()

    def flow(vector: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
        free.wait(5)
        measured.append(float(vector[0]))
        return float(vector[0]) / 10

    with ThreadPoolExecutor(1) as pool:
        coverage = QueryCoverage(flow, pool)
        assert [coverage(RED), coverage(RED), coverage(BLUE)] == [None, None, None]
        free.set()
    assert measured == [1.0]
    assert coverage(RED) == 0.1


def test_the_oldest_leave_and_failures_are_forgotten() -> None:
    """Of two kept the first makes room for a third; a flow that fails is asked again next time."""
    failing = True

    def flow(vector: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
        if failing:
            raise RuntimeError("no flow")
        return float(vector[0])

    coverage = QueryCoverage(flow, InPlace(1), kept=2)
    assert [coverage(RED), coverage(RED)] == [None, None]
    failing = False
    for vector in (RED, BLUE, GREEN):
        coverage(vector)
    assert [coverage(BLUE), coverage(GREEN), coverage(RED)] == [2.0, 3.0, None]


class InPlace(ThreadPoolExecutor):
    """Runs what it is given before it answers; its method is as untyped as the one it stands for."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN201
        """Run it and return its finished future."""
        done = super().submit(fn, *args, **kwargs)
        done.result()
        return done
