"""Features of items are the items' own numbers, and distances are those on the globe."""

from __future__ import annotations

import numpy as np
import pytest

from app.ranking.features import item
from app.ranking.features.scene import Asked
from tests.app.ranking.features.scenes import NOW, scene


def test_items_are_told_by_their_own_numbers() -> None:
    """Three items side by side: popularity, age, picture, origin and lengths."""
    told = scene()
    assert np.asarray(item.item_popularity(told))[0] == 7.0
    assert np.asarray(item.item_age_days(told))[0] == pytest.approx(3.0)
    assert np.asarray(item.item_freshness(told))[0] == pytest.approx(np.exp(-0.1))
    assert np.asarray(item.item_has_picture(told)).tolist() == [1.0, 0.0, 0.0]
    assert np.asarray(item.item_generated(told)).tolist() == [0.0, 0.0, 1.0]
    assert np.asarray(item.item_title_chars(told)).tolist() == [9.0, 3.0, 16.0]
    assert np.asarray(item.item_title_words(told)).tolist() == [2.0, 1.0, 3.0]
    assert np.asarray(item.item_tags(told)).tolist() == [2.0, 0.0, 0.0]
    assert np.asarray(item.item_text_chars(told))[0] == pytest.approx(np.log1p(17))


def test_distance_is_along_a_great_circle() -> None:
    """Vienna to Sydney is 15 980 km; without a place of one's own nothing is near."""
    told = np.asarray(item.item_distance_km(scene(Asked("horse", at=NOW, near=(48.2, 16.37)))))
    assert told[0] == pytest.approx(0.0, abs=1e-6)
    assert np.isnan(told[1])
    assert told[2] == pytest.approx(15_980, abs=40)
    assert np.isnan(item.item_distance_km(scene()))
