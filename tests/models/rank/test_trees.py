"""Tables give the very scores that lightgbm gives, whatever the trees and the rows."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rank.lambdamart import LambdaMart
from models.rank.trees import CHUNK_ROWS, plant

WIDTH = 6


def grow(seed: int, num_leaves: int = 15, num_trees: int = 20, zero_as_missing: bool = False) -> str:
    """Return the text of trees over columns of which some have few values, so that rows meet thresholds."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(400, WIDTH))
    rows[:, :3] = np.round(rows[:, :3] * 2) / 2
    target = rows[:, 0] + np.sin(3 * rows[:, 4]) + rng.normal(size=400)
    options = {
        "num_leaves": num_leaves,
        "min_data_in_leaf": 2,
        "zero_as_missing": zero_as_missing,
        "verbosity": -1,
        "num_threads": 1,
        "seed": seed,
    }
    data = lightgbm.Dataset(rows.astype(np.float32), target)
    return str(lightgbm.train(options, data, num_trees).model_to_string())


def theirs(text: str, rows: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[float]:
    """Return what lightgbm predicts."""
    told = lightgbm.Booster(model_str=text).predict(rows, raw_score=True, num_threads=1)
    return [float(one) for one in np.asarray(told, np.float64)]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), num_leaves=st.integers(2, 17), rows=st.integers(1, CHUNK_ROWS + 9))
def test_scores_are_those_of_lightgbm_to_the_bit(seed: int, num_leaves: int, rows: int) -> None:
    """For trees of up to seventeen leaves, and rows that lie on thresholds and just beside them."""
    text = grow(seed, num_leaves, num_trees=6)
    forest = plant(lightgbm.Booster(model_str=text).dump_model())
    assert forest is not None
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, WIDTH)).astype(np.float32)
    matrix[:, :3] = np.round(matrix[:, :3] * 2) / 2
    at = rng.choice(forest.thresholds.ravel(), matrix.shape)
    near = np.nextafter(at, rng.choice(np.array([-9, 9], np.float32), matrix.shape))
    matrix = np.where(np.isfinite(at) & (rng.random(matrix.shape) < 0.4), at, matrix)
    matrix = np.where(np.isfinite(at) & (rng.random(matrix.shape) < 0.2), near, matrix)
    assert forest.predict(matrix).tolist() == theirs(text, matrix)


def test_trees_that_do_not_fit_are_left_to_lightgbm() -> None:
    """More than sixteen comparisons in a tree, and zeros that count as missing, get no tables."""
    rows = np.random.default_rng(0).normal(size=(50, WIDTH)).astype(np.float32)
    rows[::2] = 0.0
    for text in (grow(0, num_leaves=40), grow(0, zero_as_missing=True)):
        assert plant(lightgbm.Booster(model_str=text).dump_model()) is None
        assert LambdaMart(text).predict(rows).tolist() == theirs(text, rows)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_rows_that_are_not_finite_are_left_to_lightgbm(odd: float) -> None:
    """A number that is missing goes where lightgbm sends it."""
    text = grow(1)
    rows = np.zeros((3, WIDTH), np.float32)
    rows[1] = odd
    assert LambdaMart(text).predict(rows).tolist() == theirs(text, rows)
