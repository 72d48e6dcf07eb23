"""Tests distances on earth."""

from __future__ import annotations

import numpy as np
import pytest

from indexes.forward.places import EARTH_RADIUS_KM, Places
from tests.indexes.forward.brute import kilometres


def test_distances_agree_with_another_formula() -> None:
    """Haversine equals the arc between unit vectors, from metres to antipodes."""
    spots = [(52.52, 13.405), (52.5201, 13.405), (-33.87, 151.21), (90.0, 0.0), (-52.52, -166.595)]
    places = Places()
    places.grow(len(spots))
    for ordinal, spot in enumerate(spots):
        places.set(ordinal, spot)
    expected = [kilometres(spot, spots[0]) for spot in spots]
    assert places.distances_km(*spots[0]) == pytest.approx(expected, abs=1e-3)
    assert expected[4] == pytest.approx(np.pi * EARTH_RADIUS_KM)


def test_nowhere_is_no_distance_away() -> None:
    """An ordinal without a location has the distance NaN."""
    places = Places()
    places.grow(1)
    places.set(0, (1.0, 1.0))
    places.set(0, None)
    assert np.isnan(places.distances_km(1.0, 1.0)).tolist() == [True]
