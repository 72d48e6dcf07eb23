"""Pictures show what the numbers say."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from models.rank.pictures import BLUE, calibration, draw_calibration, draw_importance


def blue_in(content: bytes, rows: slice) -> int:
    """Count the blue pixels of some rows of a PNG."""
    pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))[rows]
    return int((pixels == BLUE).all(axis=-1).sum())


def test_a_calibrated_score_lies_on_the_diagonal() -> None:
    """Where wanting follows a logistic curve of the score, observed rates equal predicted chances."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=30_000)
    wanted = (rng.random(30_000) < 1 / (1 + np.exp(-scores))).astype(float)
    told = calibration(scores, wanted)
    assert np.abs(told.predicted - told.observed).max() < 0.03
    assert told.counts.sum() == 30_000
    assert blue_in(draw_calibration(told), slice(None)) > 300


def test_a_more_important_feature_has_a_longer_bar() -> None:
    """Bars are as long as shares; what has none is left out."""
    content = draw_importance(["little", "much", "nothing"], np.array([0.2, 0.8, 0.0]))
    first, second = blue_in(content, slice(6, 24)), blue_in(content, slice(24, 42))
    assert 3.5 < first / second < 4.5
    assert Image.open(io.BytesIO(content)).size[1] == 2 * 18 + 12
