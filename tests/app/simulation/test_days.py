"""Days of sessions planned."""

from __future__ import annotations

import numpy as np

from app.simulation.days import DAY_S, MAX_SEARCHES, plan_day
from app.simulation.people import make_people
from tests.app.simulation.made import STYLES, world

WORLD = world()
PEOPLE = make_people(200, STYLES, 1)


def test_the_seed_decides_the_day() -> None:
    """The same day twice is the same day; another day or seed is another; a subset keeps its own sessions."""
    day = plan_day(WORLD, PEOPLE, 2, 1)
    assert day == plan_day(WORLD, PEOPLE, 2, 1)
    assert [one.searches for one in day] != [one.searches for one in plan_day(WORLD, PEOPLE, 3, 1)]
    first = [one for one in day if one.person.number < 50]
    assert first == plan_day(WORLD, PEOPLE[:50], 2, 1)


def test_a_day_is_in_order_within_itself_and_each_session_is_named_once() -> None:
    """Times ascend inside the day; nobody searches without a query."""
    day = plan_day(WORLD, PEOPLE, 2, 1)
    times = [one.at for one in day]
    assert times == sorted(times)
    assert 2 * DAY_S < times[0] < times[-1] < 3 * DAY_S
    assert len({one.id for one in day}) == len(day)
    assert all(1 <= len(one.searches) <= MAX_SEARCHES for one in day)
    assert all(asking.query for one in day for asking in one.searches)
    assert 0.75 < np.mean([one.is_known for one in day]) < 0.95


def test_what_is_in_demand_is_asked_for() -> None:
    """Over many days things are wanted as often as their demand says."""
    wanted = [a.wanted for day in range(12) for one in plan_day(WORLD, PEOPLE, day, 1) for a in one.searches]
    shares = np.bincount(wanted, minlength=len(WORLD.things)) / len(wanted)
    assert np.abs(shares - WORLD.demand).max() < 5 * np.sqrt(0.25 / len(wanted))
