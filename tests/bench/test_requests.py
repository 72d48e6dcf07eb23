"""Tests the queries that the bench of requests asks."""

from __future__ import annotations

from tests.bench.corpus import NUM_QUERIES, draw_queries
from tests.bench.requests import new_queries


def test_new_queries_were_never_asked() -> None:
    """There are enough for a whole run, each once, and none of them is in the given ones."""
    asked = draw_queries()
    fresh = new_queries(asked)
    assert len(set(fresh)) == len(fresh) > 10_000
    assert set(fresh).isdisjoint(asked)


def test_drawn_queries_repeat_and_are_distinct() -> None:
    """The same seed asks the same; no query stands twice."""
    assert draw_queries() == draw_queries()
    assert len(set(draw_queries())) == NUM_QUERIES
