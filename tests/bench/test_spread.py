"""Tests the arithmetic of medians and percentiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.spread import Spread, median, number, percentile

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


def test_a_percentile_lies_between_neighbours() -> None:
    """The 25th percentile of 1, 2, 3, 4 is 1.75, its 50th 2.5, its ends 1 and 4."""
    assert percentile([4, 1, 3, 2], 25) == 1.75
    assert percentile([4, 1, 3, 2], 50) == 2.5
    assert (percentile([4, 1, 3, 2], 0), percentile([4, 1, 3, 2], 100)) == (1, 4)


@given(VALUES, st.floats(0, 100))
def test_percentiles_are_numpys(values: list[float], percent: float) -> None:
    """An independent implementation of the same definition agrees."""
    assert percentile(values, percent) == pytest.approx(
        float(np.percentile(values, percent)), rel=1e-9, abs=1e-6
    )


def test_the_median_of_few_is_the_middle_one() -> None:
    """One outlier among three does not move it."""
    assert median([5.0, 1.0, 900.0]) == 5.0


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1.0], -1), ([1.0], 101)])
def test_nonsense_is_refused(values: list[float], percent: float) -> None:
    """There is no percentile of nothing, and none beyond 0 to 100."""
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, percent)


def test_a_spread_says_middle_lowest_and_highest() -> None:
    """Rounds of 3, 1 and 2 read as 2 with 1 to 3 beside it."""
    assert str(Spread.of([3.0, 1.0, 2.0])) == "2.00 (1.00 to 3.00)"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01234, "0.0123"), (0.5, "0.5"), (3.14159, "3.14"), (31.4159, "31.4"), (31415.9, "31416")],
)
def test_numbers_keep_three_meaningful_digits(value: float, text: str) -> None:
    """Small ones keep digits behind the point, large ones all before it."""
    assert number(value) == text
