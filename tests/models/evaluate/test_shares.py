"""Shares with their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluate.shares import share_of


def test_the_interval_is_wilsons() -> None:
    """Of ten trials eight: 0.490 to 0.943, as tables of the interval say."""
    share = share_of(np.array([True] * 8 + [False] * 2))
    assert (share.value, share.trials) == (0.8, 10)
    assert share.low == pytest.approx(0.4902, abs=1e-3)
    assert share.high == pytest.approx(0.9433, abs=1e-3)
    assert str(share) == "0.800 [0.490, 0.943]"


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    """Of 2 000 draws at p = 0.3 with 50 trials the interval holds p in 93 to 97 %."""
    random = np.random.default_rng(0)
    shares = [share_of(random.random(50) < 0.3) for _ in range(2000)]
    assert 0.93 < np.mean([share.low <= 0.3 <= share.high for share in shares]) < 0.97


def test_no_trials_are_refused() -> None:
    """There is no share of nothing."""
    with pytest.raises(ValueError, match="no trials"):
        share_of(np.array([], dtype=bool))
