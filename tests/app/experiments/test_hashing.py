"""Places of ids under a salt."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.experiments.hashing import salted

NUM = 20_000


def test_a_place_is_the_same_for_ever() -> None:
    """These numbers were written down once: a change of them would move every unit of every experiment."""
    place = salted("layer:blue")
    told = [place("ann"), place("bob"), place("用户"), place("")]
    assert told == [0.7376844365399764, 0.6664218769216347, 0.7309865585198471, 0.5024196785975019]


@given(st.text(), st.text())
def test_any_id_has_a_place(salt: str, key: str) -> None:
    """Whatever the salt and the id, the place is in [0, 1) and told alike by a second hash."""
    first, second = salted(salt)(key), salted(salt)(key)
    assert 0 <= first < 1
    assert first == second


def test_places_are_spread_evenly() -> None:
    """Running numbers as ids fill every tenth alike: chi-square stays below its 0.1 % point."""
    place = salted("spread")
    counts = np.bincount([int(place(f"user-{i}") * 10) for i in range(NUM)], minlength=10)
    assert ((counts - NUM / 10) ** 2 / (NUM / 10)).sum() < 27.9


def test_salts_know_nothing_of_each_other() -> None:
    """Places under different salts are uncorrelated."""
    places = np.array([[salted(salt)(f"user-{i}") for i in range(5_000)] for salt in ("a", "b", "ab")])
    for one, other in pairwise(places):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(5_000)


def test_the_salt_and_the_id_do_not_run_together() -> None:
    """Salt `ab` with id `c` is another place than salt `a` with id `bc`."""
    assert salted("ab")("c") != salted("a")("bc")
