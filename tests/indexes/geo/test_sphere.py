"""Tests distances against places whose distance is known."""

from __future__ import annotations

import math

import pytest

from indexes.forward.places import EARTH_RADIUS_KM
from indexes.geo.sphere import haversine_km


def test_known_distances() -> None:
    """A quarter of a meridian, the antipode, across the date line, and Berlin to Paris."""
    assert haversine_km((0, 0), (90, 0)) == pytest.approx(EARTH_RADIUS_KM * math.pi / 2)
    assert haversine_km((10, 20), (-10, -160)) == pytest.approx(EARTH_RADIUS_KM * math.pi)
    assert haversine_km((0, 179.5), (0, -179.5)) == pytest.approx(EARTH_RADIUS_KM * math.pi / 180)
    assert haversine_km((52.52, 13.405), (48.8566, 2.3522)) == pytest.approx(877.5, abs=1)
    assert haversine_km((1, 2), (1, 2)) == 0
