"""Finds what is nearest to a point on earth: rings of cells first, exact distances for the answer."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from indexes.forward.places import Places
from indexes.geo.cells import Cells
from indexes.ranked import best, nothing

if TYPE_CHECKING:
    import numpy.typing as npt

    from indexes.types import Mask, Matches

HALF_KM = 10.0  # where a score is one half, when the caller draws no circle
SCANNED = 4_096  # places up to which measuring all of them costs less than looking at rings


def closeness(distances_km: npt.NDArray[np.float64], half_km: float) -> npt.NDArray[np.float32]:
    """Return 1 / (1 + d / half): 1 here, one half at `half_km`, never 0: far places keep their order."""
    return (1.0 / (1.0 + distances_km / half_km)).astype(np.float32)


class RegionIndex:
    """Places of ordinals. One writer; any thread reads, and measures what it read under a lock."""

    def __init__(self) -> None:
        self._cells = Cells()
        self._places = Places()
        self._located: set[int] = set()
        self._size = 0
        self._guard = Lock()  # guards everything above while it changes or is measured

    def __len__(self) -> int:
        """Return how many ordinals have a place."""
        return len(self._located)

    def put(self, ordinal: int, location: tuple[float, float] | None) -> None:
        """Place the ordinal at (latitude, longitude) in degrees, or nowhere."""
        if location is None and ordinal not in self._located:
            return
        with self._guard:
            self._size = max(self._size, ordinal + 1)
            self._places.grow(self._size)
            self._places.set(ordinal, location)
            self._cells.put(ordinal, location)
            (self._located.discard if location is None else self._located.add)(ordinal)

    def near(
        self,
        lat: float,
        lon: float,
        k: int,
        mask: Mask | None = None,
        *,
        within_km: float | None = None,
        half_km: float = HALF_KM,
    ) -> Matches:
        """Return the min(k, those that qualify) nearest, scored by `closeness`.

        An ordinal qualifies that has a place, that the mask allows, and that lies `within_km` if given.
        """
        if k <= 0 or not self._located:
            return nothing()
        with self._guard:
            ordinals, distances = self._nearest(lat, lon, k, mask, within_km)
        return best(ordinals, closeness(distances, half_km), k)

    def around(self, lat: float, lon: float, within_km: float, mask: Mask | None) -> npt.NDArray[np.int32]:
        """Return the ordinals that lie within that distance and that the mask allows, (n,), ascending."""
        with self._guard:
            return self._nearest(lat, lon, self._size + 1, mask, within_km)[0]

    def _nearest(
        self, lat: float, lon: float, k: int, mask: Mask | None, within_km: float | None
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
        if len(self._located) > SCANNED and (mask is None or np.count_nonzero(mask) > SCANNED):
            for reach_km, ordinals in self._cells.rings(lat, lon):
                found, distances = self._measured(lat, lon, ordinals, mask, within_km)
                sure = within_km is not None and within_km <= reach_km
                if sure or np.count_nonzero(distances <= reach_km) >= k:
                    return found, distances
        everyone = np.arange(self._size, dtype=np.int32) if mask is None else np.flatnonzero(mask)
        return self._measured(lat, lon, everyone.astype(np.int32), mask, within_km)

    def _measured(
        self,
        lat: float,
        lon: float,
        ordinals: npt.NDArray[np.int32],
        mask: Mask | None,
        within_km: float | None,
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
        ordinals = ordinals[ordinals < self._size]
        if mask is not None:
            ordinals = ordinals[ordinals < len(mask)]
            ordinals = ordinals[mask[ordinals]]
        distances = self._places.distances_km(lat, lon, ordinals)
        kept = distances <= (np.inf if within_km is None else within_km)  # NaN, no place, is never kept
        return ordinals[kept], distances[kept]
