"""Attributions are Shapley's values: by brute force, by another implementation, and summing to scores."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rank.attribution import read_trees
from models.rank.boosting import TreeOptions, train_trees
from models.rank.lambdamart import LambdaMart
from tests.models.rank.made import COLUMNS, world

NAMES = [f"column{place}" for place in range(COLUMNS)]


@pytest.fixture(scope="module")
def text() -> str:
    """The text of a model with deep enough trees that paths ask twice about one column."""
    made = world(300)
    return train_trees(made.lists, NAMES, 0, TreeOptions(num_trees=25))


def test_attributions_equal_an_independent_implementation(text: str) -> None:
    """Lightgbm walks its trees for the same numbers, to rounding."""
    rows = world(20, seed=5).lists.matrix
    theirs = lightgbm.Booster(model_str=text).predict(rows, pred_contrib=True)
    assert np.abs(LambdaMart(text).contributions(rows) - np.asarray(theirs, np.float64)).max() < 1e-12


def test_attributions_are_shapley_values_by_brute_force() -> None:
    """For one small tree the mean over all orders of joining is what the tables say."""
    tree = {
        "split_feature": 0,
        "threshold": 0.5,
        "internal_count": 10,
        "left_child": {"leaf_value": 1.0, "leaf_count": 4},
        "right_child": {
            "split_feature": 1,
            "threshold": 2.0,
            "internal_count": 6,
            "left_child": {"leaf_value": -2.0, "leaf_count": 2},
            "right_child": {"leaf_value": 5.0, "leaf_count": 4},
        },
    }
    tables = read_trees({"tree_info": [{"tree_structure": tree}]}, 2)
    assert tables is not None
    row = np.array([[1.0, 3.0]], np.float32)

    def value(known: frozenset[int]) -> float:
        left = 0.0 if 0 in known else 0.4
        low = 0.0 if 1 in known else 2 / 6
        return left * 1.0 + (1 - left) * (low * -2.0 + (1 - low) * 5.0)

    for player in (0, 1):
        others = [one for one in (0, 1) if one != player]
        shapley = sum(
            factorial(size)
            * factorial(1 - size)
            / 2
            * (value(frozenset({*some, player})) - value(frozenset(some)))
            for size in range(2)
            for some in combinations(others, size)
        )
        assert tables.contributions(row)[0, player] == pytest.approx(shapley)
    assert tables.base == pytest.approx(value(frozenset()))


@pytest.fixture(scope="module")
def model(text: str) -> LambdaMart:
    """That model, read once."""
    return LambdaMart(text)


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.floats(-5, 5, width=32), min_size=COLUMNS, max_size=COLUMNS))
def test_contributions_sum_to_the_score(model: LambdaMart, values: list[float]) -> None:
    """Whatever the row, its contributions and the base add up to what is predicted."""
    row = np.array([values], np.float32)
    assert model.contributions(row).sum() == pytest.approx(model.predict(row)[0], abs=1e-9)


def test_paths_of_too_many_features_are_left_to_the_walk() -> None:
    """A tree that asks about seven features in a row gets no table."""
    node: dict[str, object] = {"leaf_value": 1.0, "leaf_count": 1}
    for place in range(7):
        leaf = {"leaf_value": 0.0, "leaf_count": 1}
        node = {
            "split_feature": place,
            "threshold": 0.0,
            "internal_count": place + 2,
            "left_child": leaf,
            "right_child": node,
        }
    assert read_trees({"tree_info": [{"tree_structure": node}]}, 7) is None
