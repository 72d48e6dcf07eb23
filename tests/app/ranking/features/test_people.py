"""Features of people are what the view tells of them, and nothing where nobody is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.ranking.features import people
from app.ranking.features.scene import Asked, PersonColumns
from tests.app.ranking.features.scenes import scene

DAY_S = 86_400.0


def test_who_is_known_is_told() -> None:
    """Affinity, clicks, showings, recency and trend are the view's columns."""
    columns = PersonColumns(
        affinity=np.array([0.5, 0.0, 1.0]),
        clicks=np.array([2.0, 0.0, 0.0]),
        shown=np.array([3.0, 1.0, 0.0]),
        recency_s=np.array([0.0, DAY_S, np.inf]),
        trend=np.array([0.0, 4.0, 0.0]),
    )
    told = scene(Asked(user="ann"), person=columns)
    assert people.user_known(told) == 1.0
    assert np.asarray(people.user_affinity(told)).tolist() == [0.5, 0.0, 1.0]
    assert np.asarray(people.user_clicks(told)).tolist() == [2.0, 0.0, 0.0]
    assert np.asarray(people.user_shown(told)).tolist() == [3.0, 1.0, 0.0]
    assert np.asarray(people.user_recency(told)) == pytest.approx([1.0, math.exp(-1), 0.0])
    assert np.asarray(people.trend_score(told)).tolist() == [0.0, 4.0, 0.0]


def test_nobody_is_unknown() -> None:
    """Without a view every column is unknown, which the list turns into defaults."""
    told = scene()
    assert people.user_known(told) == 0.0
    assert all(np.isnan(compute(told)) for compute in (people.user_affinity, people.trend_score))


def test_the_hour_goes_round_and_devices_are_told_apart() -> None:
    """Six in the morning is a quarter of the circle; a phone is a phone and no desktop."""
    told = scene(Asked(at=10 * DAY_S + 6 * 3_600, device_kind="phone"))
    assert people.hour_sin(told) == pytest.approx(1.0)
    assert people.hour_cos(told) == pytest.approx(0.0, abs=1e-9)
    assert (people.device_phone(told), people.device_desktop(told)) == (1.0, 0.0)
