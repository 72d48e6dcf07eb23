"""What an arm can be judged by."""

from __future__ import annotations

from app.experiments.metrics import LOWER_IS_BETTER, PER_UNIT, Outcome, known_metrics, value_of

EXPECTED = {  # of clicks on places 2 and 5, two purchases, 20 hits in 7 ms; and of nothing at all
    "ctr": (1.0, 0.0),
    "clicks_per_search": (2.0, 0.0),
    "clicks@1": (0.0, 0.0),
    "clicks@3": (1.0, 0.0),
    "clicks@10": (2.0, 0.0),
    "reciprocal_rank": (0.5, 0.0),
    "conversion": (2.0, 0.0),
    "conversions_per_search": (2.0, 0.0),
    "abandonment": (0.0, 1.0),
    "latency_ms": (7.0, 0.0),
    "empty_rate": (0.0, 1.0),
}


def test_every_metric_says_what_it_counts() -> None:
    """Each metric of the registry gives its number for a lively answer and for an empty one."""
    lively, empty = Outcome(20, 7.0, {5, 2}, 2), Outcome()
    assert {name: (value_of(name)(lively), value_of(name)(empty)) for name in known_metrics()} == EXPECTED


def test_directions_and_units_are_of_known_metrics() -> None:
    """No direction is told of a metric that does not exist."""
    assert set(known_metrics()) >= LOWER_IS_BETTER | PER_UNIT
