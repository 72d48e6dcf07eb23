"""Tests the one order of matches."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexes.ranked import allowed, best, nothing, rounded

SCORES = st.lists(st.sampled_from([0.0, 0.5, 1.0, -1.0, 3.25]), max_size=30)


@given(SCORES, st.integers(-1, 40), st.randoms())
def test_best_is_a_full_sort(scores: list[float], k: int, random: object) -> None:
    """Score first, then ordinal, cut at k: as if all had been sorted."""
    ordinals = list(range(100, 100 + len(scores)))
    random.shuffle(ordinals)  # type: ignore[attr-defined]  # hypothesis gives a Random
    matches = best(np.asarray(ordinals, np.int32), np.asarray(scores, np.float32), k)
    expected = sorted(zip(scores, ordinals, strict=True), key=lambda pair: (-pair[0], pair[1]))[: max(k, 0)]
    assert list(zip(matches.scores.tolist(), matches.ordinals.tolist(), strict=True)) == expected


def test_noise_in_the_last_bits_makes_no_order() -> None:
    """Scores that differ by less than a millionth tie; larger differences do not."""
    scores = np.asarray([1.0, 1.0 + 1.2e-7, 1.0 + 1e-5], np.float32)
    assert best(np.asarray([1, 0, 2], np.int32), scores, 3).ordinals.tolist() == [2, 0, 1]
    assert rounded(np.asarray([-0.0, 0.0], np.float32)).tobytes() == bytes(8)


def test_masks_may_be_older_than_ordinals() -> None:
    """An ordinal beyond the mask is not allowed; no mask allows all; an empty one none."""
    ordinals = np.asarray([0, 1, 5], np.int32)
    assert allowed(ordinals, np.asarray([False, True])).tolist() == [False, True, False]
    assert allowed(ordinals, None).tolist() == [True, True, True]
    assert allowed(ordinals, np.zeros(0, np.bool_)).tolist() == [False, False, False]
    assert nothing().ordinals.tolist() == []
