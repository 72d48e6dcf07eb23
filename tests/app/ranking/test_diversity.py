"""Unlike neighbours and caps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.ranking.diversity import marginal, within_caps


def by_definition(scores: list[float], likeness: np.ndarray, novelty: float) -> list[int]:
    """Return the order by comparing every pair anew at every place."""
    low, span = min(scores), max(scores) - min(scores)
    height = [(score - low) / span if span else 1.0 for score in scores]
    order: list[int] = []
    while len(order) < len(scores):
        left = [place for place in range(len(scores)) if place not in order]
        worth = {
            place: (1 - novelty) * height[place]
            - novelty * max((likeness[place, o] for o in order), default=0)
            for place in left
        }
        order.append(max(left, key=lambda place: (worth[place], -place)))
    return order


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=8),
    st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    st.integers(0, 99),
)
def test_each_place_is_the_best_left(scores: list[int], novelty: float, seed: int) -> None:
    """The order is that of the definition, ties going to who stood first."""
    vectors = np.random.default_rng(seed).integers(0, 2, (len(scores), 3)).astype(np.float32)
    likeness = vectors @ vectors.T
    exact = [float(score) for score in scores]
    assert marginal(np.array(exact), likeness, novelty).tolist() == by_definition(exact, likeness, novelty)


def test_caps_keep_the_first_of_each_kind() -> None:
    """Of a kind the first stay; what has no kind always stays."""
    kinds = ["x", "y", None, "x", None, "x", "y", "y"]
    assert within_caps(kinds, 2).tolist() == [True, True, True, True, True, False, True, False]
