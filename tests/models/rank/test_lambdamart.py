"""A LambdaMART model reads back, starts where it was told to, and refuses what is none."""

from __future__ import annotations

import numpy as np
import pytest

from models.rank.boosting import TreeOptions, train_trees
from models.rank.lambdamart import LambdaMart
from models.rank.start import Start
from tests.models.rank.made import world

NAMES = [f"column{place}" for place in range(5)]
START = Start(1, slope=2.0, mean=0.5)


@pytest.fixture(scope="module")
def text() -> str:
    """A few trees."""
    return train_trees(world(120).lists, NAMES, 0, TreeOptions(num_trees=3))


def test_the_start_is_added_to_what_the_trees_say(text: str) -> None:
    """Scores are the sum; what each column gives, measured from the start's mean, sums to them too."""
    rows = world(5).lists.matrix
    alone, both = LambdaMart(text), LambdaMart(text, START)
    np.testing.assert_allclose(both.predict(rows), alone.predict(rows) + 2.0 * rows[:, 1], rtol=1e-12)
    given = both.contributions(rows) - alone.contributions(rows)
    np.testing.assert_allclose(given[:, 1], 2.0 * (rows[:, 1] - 0.5), atol=1e-12)
    np.testing.assert_allclose(given[:, [0, 2, 3, 4]], 0.0, atol=1e-12)
    np.testing.assert_allclose(both.contributions(rows).sum(axis=1), both.predict(rows), rtol=1e-9)


def test_what_cannot_be_read_is_refused(text: str) -> None:
    """A text that is no model is named as such, and so is a start outside the columns."""
    with pytest.raises(ValueError, match="no text of a tree model"):
        LambdaMart("tree\nnothing of the kind")
    with pytest.raises(ValueError, match="column 7 of 5"):
        LambdaMart(text, Start(7, 1.0, 0.0))


def test_no_rows_have_no_scores(text: str) -> None:
    """An empty matrix is answered by empty scores and contributions."""
    model = LambdaMart(text, START)
    assert model.predict(np.empty((0, 5), np.float32)).shape == (0,)
    assert model.contributions(np.empty((0, 5), np.float32)).shape == (0, 6)
