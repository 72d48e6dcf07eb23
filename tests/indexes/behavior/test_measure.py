"""Tests recall and gain against hand-made lists, and that choosing looks at training data only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from indexes.behavior.longterm import Recipe, learn
from indexes.behavior.measure import ROUNDS, best_items, choose, measure
from tests.indexes.behavior.histories import drawn, table


def test_recall_and_gain_by_hand() -> None:
    """One hit at rank 1 of 2 wanted: recall 1/2, gain 1 / (1 + 1 / log2 3); the rest does not count."""
    met = table([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0]])
    model = learn(met, Recipe(kin=0.0, waves=0.0, ridge=0.0))
    later = table([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 1]])
    found = measure(model, met, later, k=2)
    assert found.num_persons == 1
    assert found.recall == pytest.approx(0.5)
    assert found.ndcg == pytest.approx(1 / (1 + 1 / np.log2(3)))


def test_ties_go_to_the_first_item() -> None:
    """The best come first, equal ones by number."""
    assert [items.tolist() for items in best_items(table([[1, 3, 3, 0], [0, 0, 0, 0]]), 2)] == [[1, 2], []]


def test_choosing_tells_what_it_tried_and_is_repeatable() -> None:
    """Every setting is tried once, the same seed chooses the same recipe, and nothing chosen is made up."""
    met = drawn(60, 20, seed=2)
    told: list[str] = []
    start = Recipe(num_near=5, rank=4)
    chosen = choose(met, 0, told.append, start)
    assert len(told) == 1 + sum(len(values) for _, values in ROUNDS)
    assert choose(met, 0, lambda _: None, start) == chosen
    tried = {name: {getattr(start, name), *values} for name, values in ROUNDS}
    assert all(getattr(chosen, name) in values for name, values in tried.items())
    assert replace(chosen, **{name: getattr(start, name) for name in tried}) == start
