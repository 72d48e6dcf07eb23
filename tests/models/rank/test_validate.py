"""Nothing is measured on what it was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.rank.validate import compare, cross_validated, hold_out
from tests.models.rank.made import world

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from models.rank.lists import Floats, Lists


def test_the_last_fifth_is_held_out() -> None:
    """Training sees 80 %, and the newest 20 % are only reported on."""
    held = hold_out(world(100).lists)
    assert (len(held.training), len(held.later)) == (80, 20)
    assert held.later.moments.min() > held.training.moments.max()


def test_no_row_is_scored_by_a_model_that_saw_its_list() -> None:
    """A model that remembers its rows recognises none of those it is asked to score."""

    def fit(others: Lists) -> Callable[[npt.NDArray[np.float32]], Floats]:
        seen = {row.tobytes() for row in others.matrix}
        return lambda rows: np.array([float(row.tobytes() in seen) for row in rows])

    assert cross_validated(world(23).lists, fit, seed=0).sum() == 0


def test_orders_are_compared_list_by_list() -> None:
    """The gain is the paired difference: against itself it is nothing, with an interval of nothing."""
    lists = world(60).lists
    told = compare(lists, {"ours": lists.grades, "same": lists.grades, "shown": lists.fused}, "ours", 0)
    assert told["ndcg10_ours"]["mean"] == pytest.approx(1.0)
    assert told["gain_over_same"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert told["gain_over_shown"]["low"] > 0
