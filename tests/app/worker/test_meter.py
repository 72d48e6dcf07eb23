"""The meter counts what was executed and smooths how long it took."""

from __future__ import annotations

import pytest

from app.worker.meter import MEMORY, Meter


def test_counts_add_up_over_calls() -> None:
    """Rows, calls and successful evaluations are totals; the last call's size is kept beside them."""
    meter = Meter(0.1)
    meter.count_call(rows=8, tasks=5, succeeded=4)
    meter.count_call(rows=3, tasks=2, succeeded=2)
    assert (meter.calls, meter.rows, meter.evaluations) == (2, 11, 6)
    assert (meter.last_rows, meter.last_tasks) == (3, 2)


def test_seconds_per_evaluation_moves_towards_what_is_measured() -> None:
    """A call of 4 tasks in 2 s says half a second an evaluation, and weighs four times a lonely one."""
    meter = Meter(0.1)
    meter.count_call(rows=4, tasks=4, succeeded=4)
    meter.count_time(2.0)
    assert meter.seconds_per_evaluation == pytest.approx((0.1 * MEMORY + 2.0) / (MEMORY + 4))


def test_rest_says_nothing_about_time() -> None:
    """A turn without a call does not change the measured time."""
    meter = Meter(0.1)
    meter.count_call(rows=4, tasks=4, succeeded=4)
    meter.rest()
    meter.count_time(9.0)
    assert (meter.last_rows, meter.seconds_per_evaluation) == (0, 0.1)
