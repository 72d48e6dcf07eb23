"""Tests what is recommended from what was learnt and from what happened since."""

from __future__ import annotations

import numpy as np

from indexes.behavior.activity import Activity
from indexes.behavior.changes import Act
from indexes.behavior.knowledge import Knowledge, learn_from

WEIGHTS = {"click": 1.0}


def acted(activity: Activity, *pairs: tuple[str, str]) -> None:
    """Have users click items."""
    start = activity.lsn + 1
    acts = enumerate(pairs, start)
    activity.apply([Act(lsn, 0.0, "click", user, None, None, item, None) for lsn, (user, item) in acts])


def crowd() -> Activity:
    """Return an activity in which x goes with y, and with z less."""
    activity = Activity()
    acted(activity, ("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "x"), ("c", "z"), ("d", "w"))
    return activity


def test_before_anything_is_learnt_fresh_links_speak() -> None:
    """The first acts recommend at once, with the seed they go back to."""
    found = Knowledge().recommend(crowd(), {"x": 1.0}, WEIGHTS)
    assert list(found.items) == ["y", "z"]
    assert list(found.because) == ["x", "x"]
    assert found.scores[0] == 1


def test_what_was_learnt_and_what_is_fresh_add_up() -> None:
    """A link made after the learning counts in the next request, also to an item that was not known."""
    activity = crowd()
    knowledge = learn_from(activity, WEIGHTS)
    assert list(knowledge.recommend(activity, {"x": 1.0}, WEIGHTS).items)[:2] == ["y", "z"]
    acted(activity, *((f"n{number}", item) for number in range(5) for item in ("x", "w", "new")))
    found = knowledge.recommend(activity, {"x": 1.0}, WEIGHTS)
    assert {"w", "new"} <= set(found.items)
    assert dict(zip(found.items, found.because, strict=True))["w"] == "x"
    again = learn_from(activity, WEIGHTS).recommend(activity, {"x": 1.0}, WEIGHTS)
    assert {"w", "new"} <= set(again.items)


def test_what_is_not_allowed_is_not_recommended() -> None:
    """Learnt items with a 0 are left out."""
    activity = crowd()
    knowledge = learn_from(activity, WEIGHTS)
    allowed = np.array([name != "y" for name in knowledge.items], np.float32)
    assert "y" not in knowledge.recommend(activity, {"x": 1.0}, WEIGHTS, allowed).items


def test_nothing_is_learnt_of_nothing() -> None:
    """An empty activity gives a knowledge that recommends nothing."""
    assert list(learn_from(Activity(), WEIGHTS).recommend(Activity(), {"x": 1.0}, WEIGHTS).items) == []
