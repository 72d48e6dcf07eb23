"""Tests affinities by hand."""

from __future__ import annotations

import pytest

from indexes.behavior.activity import Past
from indexes.profile.affinities import HALF_LIFE_S, affinities, values_of
from indexes.types import Record

WEIGHTS = {"click": 1.0, "hide": -1.0}
RECORDS = {
    "a": Record("a", tags=("red",), category="icon", attributes={"size": "big", "width": 3.0}),
    "b": Record("b", tags=("blue",), category="icon", attributes={"kinds": ("x", "y")}),
}


def past(item: str, kind: str, age_s: float = 0.0) -> Past:
    """Return an act of that age."""
    return Past(item, kind, -age_s, None, 1)


def test_shares_decay_and_dislikes_count_against() -> None:
    """Strength is a share of decayed weights; counts are of distinct items met with interest."""
    acts = [
        past("a", "click"),
        past("a", "click", HALF_LIFE_S),
        past("b", "hide", HALF_LIFE_S),
        past("gone", "click"),
    ]
    found = {(one.field, one.value): one for one in affinities(acts, RECORDS, WEIGHTS, 0.0, {})}
    assert found["tags", "red"].strength == pytest.approx(1.5 / 2)
    assert found["tags", "blue"].strength == pytest.approx(-0.5 / 2)
    assert found["category", "icon"].strength == pytest.approx(1.0 / 2)
    assert found["tags", "red"][3:] == (1, 1, False)
    assert found["tags", "blue"].num_with == 0
    assert ("attributes.width", "3.0") not in found


def test_own_words_stand_first_and_instead() -> None:
    """What is said replaces what is shown, also where nothing was done."""
    said = {"tags": {"red": -1.0}, "attributes": {"kinds": {"x": 0.5}}}
    first, second, *rest = affinities([past("a", "click")], RECORDS, WEIGHTS, 0.0, said)
    assert (first.value, first.strength, first.said, first.num_with) == ("red", -1.0, True, 1)
    assert (second.field, second.value, second.num_with) == ("attributes.kinds", "x", 0)
    assert [one.said for one in rest] == [False, False]
    assert affinities([], {}, WEIGHTS, 0.0, said)[0].strength == -1.0


def test_values_are_words() -> None:
    """Tags, category, and attributes of words or lists of words."""
    assert list(values_of(RECORDS["b"])) == [
        ("tags", "blue"),
        ("category", "icon"),
        ("attributes.kinds", "x"),
        ("attributes.kinds", "y"),
    ]
