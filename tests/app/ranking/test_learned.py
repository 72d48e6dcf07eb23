"""Learned weights fuse any branches, sum up, and read back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Conflict
from app.ranking.fusion import fuse, lay_out
from app.ranking.learned import WEIGHTS_FILE, Scale, Weights, read_weights, scaled
from tests.app.ranking.test_fusion import NOBODY, branch, ids

LEARNED = Weights({"a": 0.6, "b": 0.2}, {"a": Scale("query"), "b": Scale("logistic", 2.0, -1.0)}, 0.3)


def test_contributions_are_weight_times_share() -> None:
    """Two branches on their own scales, and a third that was not known when the weights were fitted."""
    lists = [branch("a", {1: 4.0, 2: 2.0}, 1.0, 0.0), branch("b", {1: 0.5}), branch("c", {2: 1.0})]
    ranked = fuse(lists, LEARNED.fuse, NOBODY, ids)
    column = {int(ordinal): place for place, ordinal in enumerate(ranked.ordinals)}
    total = 0.6 + 0.2 + 0.3
    assert ranked.contributions[0, column[1]] == pytest.approx(0.6 / total)
    assert ranked.contributions[0, column[2]] == pytest.approx(0.6 / total / 2)
    assert ranked.contributions[1, column[1]] == pytest.approx(0.2 / total / (1 + np.exp(0.0)))
    assert ranked.contributions[2, column[2]] == pytest.approx(0.3 / total)
    np.testing.assert_allclose(ranked.contributions.sum(axis=0), ranked.scores)


def test_the_plans_weights_still_count() -> None:
    """A branch that the request makes quieter is quieter than it was learned to be."""
    loud = LEARNED.fuse(lay_out([branch("a", {1: 1.0}), branch("b", {1: 1.0})], NOBODY))
    quiet = LEARNED.fuse(lay_out([branch("a", {1: 1.0}, 0.1), branch("b", {1: 1.0})], NOBODY))
    assert quiet[0, 0] < loud[0, 0]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([Scale("query"), Scale("logistic", 0.7, -2.0)]),
    st.lists(st.integers(-20, 20), min_size=2, max_size=9, unique=True),
)
def test_a_branchs_own_order_stands(scale: Scale, scores: list[int]) -> None:
    """Whatever the scale, a higher score is never mapped lower, and within the scale always higher."""
    told = np.sort(np.array(scores, np.float64))
    shares = scaled(scale, told, float(told[0]), float(told[-1]))
    assert (np.diff(shares) > 0).all()
    assert shares.min() >= 0
    assert shares.max() <= 1


def test_they_read_back_and_other_formats_are_refused() -> None:
    """The file holds everything; a format of the future is named."""
    content = LEARNED.to_bytes()
    assert Weights.from_bytes(content) == LEARNED
    grid = lay_out([branch("a", {1: 4.0, 2: 2.0}), branch("b", {1: 0.5})], NOBODY)
    assert np.array_equal(read_weights({WEIGHTS_FILE: content})(grid), LEARNED.fuse(grid))
    with pytest.raises(Conflict, match="format 9"):
        Weights.from_bytes(json.dumps({**json.loads(content), "format": 9}).encode())
