"""Measures along great circles."""

from __future__ import annotations

import math

from indexes.forward.places import EARTH_RADIUS_KM


def haversine_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Return the distance between two places, each (latitude, longitude) in degrees."""
    (lat, lon), (other_lat, other_lon) = here, there
    # hav(d / r) = hav(lat1 - lat2) + cos(lat1) cos(lat2) hav(lon1 - lon2), hav(x) = sin(x / 2)^2
    hav = math.sin(math.radians(other_lat - lat) / 2) ** 2
    cosines = math.cos(math.radians(lat)) * math.cos(math.radians(other_lat))
    hav += cosines * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(max(hav, 0.0), 1.0)))
