"""Queries as they are typed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.simulation.things import Thing
from app.simulation.typing import slip, type_query


@given(st.text("abcdef", min_size=4, max_size=9), st.integers(0, 1_000))
def test_a_slip_is_one_letter_and_not_the_first(word: str, seed: int) -> None:
    """At most one letter more or less, two in other places, and the first as it was."""
    typed = slip(word, np.random.default_rng(seed))
    assert abs(len(typed) - len(word)) <= 1
    assert typed[0] == word[0]
    if len(typed) == len(word):
        assert sum(a != b for a, b in zip(typed, word, strict=True)) <= 2


def test_short_words_are_typed_right() -> None:
    """Three letters leave no room for a slip."""
    assert slip("cat", np.random.default_rng(1)) == "cat"


def test_a_query_is_the_first_words_mostly_right() -> None:
    """One word or two of the title; about one in twelve long words is misspelt."""
    thing = Thing("a", ("horse", "carousel", "third"), "horse", ())
    rng = np.random.default_rng(2)
    typed = [type_query(thing, rng).split() for _ in range(3_000)]
    assert {len(words) for words in typed} == {1, 2}
    slips = np.mean([words[0] != "horse" for words in typed])
    assert 0.05 < slips < 0.1
