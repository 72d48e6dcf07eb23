"""Tests what is liked of late: decay, one voice a person, forgetting, and counting anew."""

from __future__ import annotations

import numpy as np

from indexes.behavior.activity import Activity
from indexes.behavior.changes import Act, Forget, Link, name_digest
from indexes.geo.popularity import QUICK_S, REST, Liked, Popularity, nobody

DAY = 86_400.0
NOW = 1_800_000_000.0
WEIGHTS = {"like": 1.0, "purchase": 2.0}


def acted(*acts: tuple[str, str, str, float]) -> Activity:
    """Return the activity of these (type, user, item, time)."""
    activity = Activity()
    for lsn, (kind, user, item, at) in enumerate(acts, start=1):
        activity.apply([Act(lsn, at, kind, user, None, None, item, None)])
    return activity


def of(activity: Activity) -> dict[str, float]:
    """Return the strength of each liked item, with a half-life of a day."""
    popularity = Popularity.of(activity.record(), WEIGHTS, DAY)
    return dict(zip(popularity.items, popularity.strengths.tolist(), strict=True))


def test_strength_is_the_decayed_sum_over_people() -> None:
    """An item's strength is the sum of w 2^(-age / half-life) of its people, over the strongest item's."""
    new = [("like", person, "new", NOW) for person in ("ann", "bob", "cid")]
    old = [("purchase", person, "old", NOW - 3 * DAY) for person in ("ann", "bob")]
    found = of(acted(*new, *old, ("impression", "ann", "seen", NOW)))
    assert list(found) == ["new", "old"]
    np.testing.assert_allclose(list(found.values()), [1, 2 * 2 / 8 / 3], rtol=1e-6)


def test_one_person_is_one_voice() -> None:
    """However often one likes something, on whatever device, it counts once, by the strongest act."""
    flood = [("like", "ann", "a", NOW - step) for step in range(500)]
    activity = acted(("like", "bob", "b", NOW), ("like", "cid", "b", NOW), *flood)
    activity.apply([Act(900, NOW, "like", None, "phone", None, "a", None), Link(901, "phone", "ann")])
    np.testing.assert_allclose([of(activity)["a"], of(activity)["b"]], [0.5, 1.0], rtol=1e-6)


def test_a_forgotten_person_liked_nothing() -> None:
    """What a forgotten person liked is as if it never was."""
    activity = acted(("like", "ann", "a", NOW), ("like", "bob", "b", NOW))
    activity.apply([Forget(3, name_digest("ann"), ())])
    assert list(of(activity)) == ["b"]


def test_it_is_counted_anew_after_events_and_rests_after_long_counts() -> None:
    """A quick count is repeated after any event; a slow one only after it has rested."""
    activity = acted(("like", "ann", "a", NOW))
    now, step = [0.0], [QUICK_S / 2]

    def clock() -> float:
        now[0] += step[0]
        return now[0]

    liked = Liked(activity, WEIGHTS, clock)
    assert liked().items == ("a",)
    assert liked() is liked()
    activity.apply([Act(2, NOW, "like", "ann", None, None, "b", None)])
    step[0] = 2 * QUICK_S
    assert liked().items == ("a", "b")
    activity.apply([Act(3, NOW, "like", "ann", None, None, "c", None)])
    assert liked().items == ("a", "b")
    now[0] += 3 * QUICK_S * REST
    assert liked().items == ("a", "b", "c")
    assert nobody().items == ()
