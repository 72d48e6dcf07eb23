"""People made up."""

from __future__ import annotations

import numpy as np

from app.simulation.people import make_people
from tests.app.simulation.made import STYLES


def test_the_seed_decides_everybody_whatever_their_number() -> None:
    """The first ten of fifty are the ten; another seed gives others."""
    assert make_people(50, STYLES, 3)[:10] == make_people(10, STYLES, 3)
    assert make_people(10, STYLES, 4) != make_people(10, STYLES, 3)


def test_people_differ_in_taste_habit_and_place() -> None:
    """Tastes centre on zero, some come often and some hardly, and every region is lived in."""
    people = make_people(400, STYLES, 5)
    tastes = np.array([list(person.tastes.values()) for person in people])
    assert abs(tastes.mean()) < 4 / np.sqrt(tastes.size)
    rates = np.array([person.sessions_a_day for person in people])
    assert rates.std() > 0.5
    assert {1, 2, 3} == {len(person.devices) for person in people}
    assert len({round(person.lat, -1) for person in people}) >= 3
    names = [device.id for person in people for device in person.devices]
    assert len(set(names)) == len(names)
