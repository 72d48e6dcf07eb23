"""Makes up people: where they live, what they use, how often they come, what they like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Where people live, in degrees, and the share of them: a handful of places is enough to have regions.
REGIONS = ((39.9, 116.4, 0.35), (31.2, 121.5, 0.25), (52.5, 13.4, 0.2), (40.7, -74.0, 0.2))
SPREAD_DEG = 0.3
KINDS = ("phone", "desktop", "tablet")
MAX_DEVICES = 3


@dataclass(frozen=True, slots=True)
class Device:
    """Something a person searches with."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Person:
    """One simulated person. `tastes` by style are from about -2 (dislikes) to 2 (likes).

    `sessions_a_day` is a mean; `patience` is how fast the look fades from place to place.
    """

    number: int
    name: str
    lat: float
    lon: float
    devices: tuple[Device, ...]
    tastes: Mapping[str, float]
    sessions_a_day: float
    patience: float


def make_people(num: int, styles: Sequence[str], seed: int) -> list[Person]:
    """Return so many people; the same seed and styles give the same ones, whatever their number."""
    return [_person(number, styles, np.random.default_rng([seed, 0, number])) for number in range(num)]


def _person(number: int, styles: Sequence[str], rng: np.random.Generator) -> Person:
    name = f"sim-user-{number}"
    lat, lon, _ = REGIONS[rng.choice(len(REGIONS), p=[share for *_, share in REGIONS])]
    devices = tuple(
        Device(f"{name}-{KINDS[place]}", KINDS[place]) for place in range(rng.integers(1, MAX_DEVICES + 1))
    )
    return Person(
        number=number,
        name=name,
        lat=float(np.clip(lat + rng.normal(0, SPREAD_DEG), -90, 90)),
        lon=float(lon + rng.normal(0, SPREAD_DEG)),
        devices=devices,
        tastes={style: float(rng.normal(0, 1)) for style in styles},
        sessions_a_day=float(rng.gamma(2.0, 1.0)),
        patience=float(rng.uniform(0.2, 0.7)),  # pictures stand in a grid: looks fade slowly
    )
