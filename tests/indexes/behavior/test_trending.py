"""Tests heat against hand-made cases, and floods."""

from __future__ import annotations

import pytest

from indexes.behavior.activity import Activity
from indexes.behavior.changes import Act
from indexes.behavior.trending import Trends

WEIGHTS = {"click": 1.0, "like": 3.0}
DAY_S = 86_400.0


def trends(*acts: tuple[str, str | None, str | None, float, str | None]) -> Trends:
    """Return the trends of acts given as (type, user, item, at, query)."""
    activity = Activity()
    numbered = enumerate(acts, 1)
    activity.apply(
        [Act(lsn, at, kind, user, None, None, item, query) for lsn, (kind, user, item, at, query) in numbered]
    )
    return Trends(activity.record(), WEIGHTS)


def test_heat_halves_in_a_quarter_of_the_window() -> None:
    """Heat is the sum over persons of weight * 2^(-4 age / window), without older acts and the future."""
    found = trends(
        ("click", "a", "x", DAY_S, None),
        ("like", "b", "x", DAY_S * 0.75, None),
        ("click", "c", "y", -1.0, None),
        ("click", "c", "y", DAY_S * 3, None),
    ).items(DAY_S, DAY_S, 10)
    assert [(one.text, one.num_persons) for one in found] == [("x", 2)]
    assert found[0].heat == pytest.approx(1.0 + 3.0 / 2)


def test_a_person_is_one_voice_however_loud() -> None:
    """Repeating adds nothing; spreading over many items adds at most a fixed total; the nameless are one."""
    flood = [("like", "bot", f"i{number}", 0.0, None) for number in range(100) for _ in range(3)]
    crowd = [("click", f"u{number}", "x", 0.0, None) for number in range(2)]
    nameless = [("click", None, "y", 0.0, None) for _ in range(50)]
    found = {one.text: one for one in trends(*flood, *crowd, *nameless).items(0.0, DAY_S, 200)}
    assert found["x"].heat == pytest.approx(2.0)
    assert found["i1"].heat == pytest.approx(0.1)
    assert found["y"].heat == pytest.approx(1.0)
    assert found["y"].num_persons == 1


def test_queries_need_two_persons_and_are_told_once() -> None:
    """Spellings that differ in case are one query; what one person typed is told to nobody; ties by name."""
    found = trends(
        ("search", "a", None, 0.0, "Red Horse"),
        ("search", "b", None, 0.0, "red horse"),
        ("search", "a", None, 0.0, "secret"),
        ("search", "a", "x", 0.0, "blue"),
        ("search", "b", "x", 0.0, "blue"),
    ).queries(0.0, DAY_S, 10)
    assert [(one.text, one.num_persons) for one in found] == [("Red Horse", 2), ("blue", 2)]


def test_nothing_is_hot_where_nothing_happened() -> None:
    """No acts, no heat."""
    assert trends().items(0.0, DAY_S, 5) == []
