"""Plans the sessions of a day: who comes when, with what, and what they type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.simulation.typing import type_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.simulation.people import Device, Person
    from app.simulation.world import World

DAY_S = 86_400.0
KNOWN = 0.85  # share of sessions in which somebody is logged in; the device is always told
MORE = 0.5  # chance that a session has one more search
MAX_SEARCHES = 4
GAP_S = 40.0  # seconds between the searches of a session
MORNING_S, EVENING_S = 7 * 3_600.0, 23 * 3_600.0


@dataclass(frozen=True, slots=True)
class Asking:
    """One search to come: the place of the thing that is wanted, and what is typed."""

    wanted: int
    query: str


@dataclass(frozen=True, slots=True)
class Session:
    """One visit; `at` is seconds after the first day's midnight."""

    id: str
    person: Person
    device: Device
    is_known: bool
    at: float
    searches: tuple[Asking, ...]
    seed: tuple[int, ...]


def plan_day(world: World, people: Sequence[Person], day: int, seed: int) -> list[Session]:
    """Return the sessions of one day (from 0) in the order of time; the seed decides everything."""
    told = [session for person in people for session in _visits(world, person, day, seed)]
    return sorted(told, key=lambda session: (session.at, session.id))


def _visits(world: World, person: Person, day: int, seed: int) -> list[Session]:
    rng = np.random.default_rng([seed, 2, day, person.number])
    return [
        _visit(world, person, day, number, seed, rng) for number in range(rng.poisson(person.sessions_a_day))
    ]


def _visit(
    world: World, person: Person, day: int, number: int, seed: int, rng: np.random.Generator
) -> Session:
    num = 1
    while num < MAX_SEARCHES and rng.random() < MORE:
        num += 1
    wanted = rng.choice(len(world.things), num, p=world.demand).tolist()
    return Session(
        id=f"sim-{seed}-{day}-{person.number}-{number}",
        person=person,
        device=person.devices[int(rng.integers(len(person.devices)))],
        is_known=bool(rng.random() < KNOWN),
        at=day * DAY_S + float(rng.uniform(MORNING_S, EVENING_S)),
        searches=tuple(Asking(place, type_query(world.things[place], rng)) for place in wanted),
        seed=(seed, 3, day, person.number, number),
    )
