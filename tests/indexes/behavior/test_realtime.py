"""Tests the weights of acts by kind and age, and links made since the last learning."""

from __future__ import annotations

import pytest

from indexes.behavior.activity import Activity, Past
from indexes.behavior.changes import Act
from indexes.behavior.realtime import DAY_S, LASTING_S, PASSING_S, fresh_links, seeds

WEIGHTS = {"click": 1.0, "like": 3.0, "hide": -3.0, "impression": 0.0}


def past(item: str, kind: str, age_s: float) -> Past:
    """Return an act of that age."""
    return Past(item, kind, -age_s, None, 1)


def test_the_last_minutes_outweigh_all_before() -> None:
    """An act weighs 2^-(age / 90 d) + 4 * 2^-(age / 30 min) times its kind, as a share of the weightiest."""
    found = seeds(
        [past("now", "click", 0), past("then", "like", LASTING_S), past("seen", "impression", 0)], WEIGHTS, 0
    )
    assert found == {"now": 1.0, "then": pytest.approx(3 * 0.5 / 5)}
    half = seeds([past("now", "click", 0), past("x", "click", PASSING_S)], WEIGHTS, 0)["x"]
    assert half == pytest.approx((2 + 2 ** -(PASSING_S / LASTING_S)) / 5)


def test_a_dislike_stands_whatever_else_was_done() -> None:
    """Liked before or after, an item that was hidden counts against."""
    acts = [past("x", "like", 0), past("x", "hide", DAY_S), past("x", "click", 2 * DAY_S)]
    assert seeds(acts, WEIGHTS, 0)["x"] < 0
    assert seeds(acts[::-1], WEIGHTS, 0)["x"] < 0


def test_fresh_links_are_what_the_walk_would_add() -> None:
    """Sums weight * d_seed^-alpha * d_person^-alpha * d_item^-beta, over who met the seed since."""
    activity = Activity()
    rows = [("old", "x"), ("old", "z"), ("ann", "x"), ("ann", "y"), ("ben", "y"), ("ben", "x")]
    activity.apply(
        [Act(lsn, 0.0, "click", user, None, None, item, None) for lsn, (user, item) in enumerate(rows, 1)]
    )
    found = fresh_links(activity, {"x": 0.5, "bad": -1.0}, 2, WEIGHTS, {"x": 4.0, "y": 16.0}, (0.5, 0.25))
    assert set(found) == {"y"}
    assert found["y"].score == pytest.approx(2 * 0.5 * 4**-0.5 * 2**-0.5 * 16**-0.25)
    assert found["y"].seed == "x"
