"""The truth of a simulated world."""

from __future__ import annotations

from dataclasses import replace
from math import log2

import numpy as np
import pytest

from app.simulation.people import make_people
from app.simulation.world import World, ndcg
from tests.app.simulation.made import STYLES, world

WORLD = world()
FAN = replace(make_people(1, STYLES, 1)[0], tastes={"category line": 2.0, "category solid": -2.0})


def of(truth: np.ndarray, name: str) -> float:
    """Return the truth about one thing."""
    return float(truth[WORLD.places[name]])


def test_what_is_wanted_is_what_it_shows_in_the_style_one_likes() -> None:
    """A plain horse in the liked style is best, a variant less, a disliked one far less, a zebra nothing."""
    even = World(WORLD.things, WORLD.places, WORLD.by_word, np.ones(len(WORLD.things)), WORLD.demand)
    truth = even.relevance(FAN, WORLD.places["line-horse"])
    assert of(truth, "line-horse") > of(truth, "line-horse-alt") > of(truth, "solid-horse") > 0
    assert of(truth, "line-zebra") == 0
    assert of(truth, "line-horse") == pytest.approx(1 / (1 + np.exp(-5.0)))
    other = even.relevance(replace(FAN, tastes={"category solid": 2.0}), WORLD.places["line-horse"])
    assert of(other, "solid-horse") > of(other, "line-horse")


def test_only_shared_words_are_wanted_less() -> None:
    """Somebody who wants a horse variant sees some use in another animal's variant."""
    truth = WORLD.relevance(FAN, WORLD.places["line-horse-alt"])
    assert of(truth, "line-horse-alt") > of(truth, "line-zebra-alt") > 0


def test_the_truth_is_in_the_unit_interval_and_the_seed_s() -> None:
    """Demand is a distribution; another seed gives other appeal."""
    truth = WORLD.relevance(FAN, 0)
    assert truth.min() >= 0
    assert truth.max() <= 1
    assert WORLD.demand.sum() == pytest.approx(1)
    assert not np.array_equal(world(2).appeal, WORLD.appeal)


def test_ndcg_by_hand() -> None:
    """Gains 0 and 1 in a world whose best are 1 and 0.5; a list of strangers scores nothing."""
    truth = np.array([1.0, 0.5, 0.0])
    assert ndcg(np.array([0.0, 1.0]), truth) == pytest.approx((1 / log2(3)) / (1 + 0.5 / log2(3)))
    assert WORLD.gains(truth, ["unknown"]).tolist() == [0.0]
    assert ndcg(np.array([]), truth) == 0.0
    assert ndcg(np.array([0.0]), np.zeros(3)) == 0.0
