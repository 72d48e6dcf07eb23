"""Holds where each ordinal is on earth, and measures how far that is from a point."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from indexes.forward.kinds import Numbers

EARTH_RADIUS_KM = 6_371.0088  # mean radius, IUGG 1980


class Places:
    """At most one location an ordinal, in degrees."""

    def __init__(self) -> None:
        self._lat, self._lon = Numbers(), Numbers()

    def grow(self, size: int) -> None:
        """Make room for ordinals below `size`."""
        self._lat.grow(size)
        self._lon.grow(size)

    def set(self, ordinal: int, location: tuple[float, float] | None) -> None:
        """Place the ordinal at (latitude, longitude), or nowhere."""
        lat, lon = location or (math.nan, math.nan)
        self._lat.set(ordinal, lat)
        self._lon.set(ordinal, lon)

    def distances_km(
        self, lat: float, lon: float, ordinals: npt.NDArray[np.int32] | None = None
    ) -> npt.NDArray[np.float64]:
        """Return the great-circle distance (haversine) of each ordinal, (n,), NaN for one without a place.

        Of every ordinal, or of these.
        """
        chosen = slice(None) if ordinals is None else ordinals
        lats, lons = np.radians(self._lat.values[chosen]), np.radians(self._lon.values[chosen])
        here_lat, here_lon = math.radians(lat), math.radians(lon)
        # hav(d / r) = hav(lat1 - lat2) + cos(lat1) cos(lat2) hav(lon1 - lon2), hav(x) = sin(x / 2)^2
        hav = np.sin((lats - here_lat) / 2) ** 2
        hav += math.cos(here_lat) * np.cos(lats) * np.sin((lons - here_lon) / 2) ** 2
        angles: npt.NDArray[np.float64] = 2 * np.arcsin(np.sqrt(np.clip(hav, 0, 1)))
        return angles * EARTH_RADIUS_KM
