"""Recalls by place: what is near, and what is liked around there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from indexes.geo.popularity import nobody
from indexes.ranked import best
from models.exported import exported

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.geo.popularity import Popularity
    from indexes.types import Mask, Matches

HALF_KM = 10.0  # where closeness is one half, for a caller who draws no circle
AROUND_KM = 50.0  # how far `around` looks, for a caller who draws no circle
MIN_STRENGTH = 1e-30  # below any that is told: where nothing is liked there is nothing to divide
NOWHERE = "no location was sent"
UNPLACED = "no item of this collection has a location"


@exported("branches", "region")
class RegionBranch:
    """What is nearest to the request's location, by 1 / (1 + distance / 10 km), or half the radius sent."""

    space: ClassVar[str | None] = None
    floor: ClassVar[float | None] = 0.0  # what the other side of the earth comes close to
    ceiling: ClassVar[float | None] = 1.0
    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = True

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:
        if prepared.near is None:
            return NOWHERE
        return None if len(collection.region) else UNPLACED

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        near = prepared.near
        if near is None:
            raise ValueError("the region branch was fired without a location")
        half_km = HALF_KM if near.radius_km is None else near.radius_km / 2
        return collection.region.near(near.lat, near.lon, depth, mask, half_km=half_km)


@exported("branches", "around")
class AroundBranch:
    """What people liked of late among the items within 50 km of the request's location, or the radius sent.

    `liked` tells what people like now. A score is an item's decayed popularity as a share of the most
    popular one's around there.
    """

    space: ClassVar[str | None] = None
    floor: ClassVar[float | None] = 0.0
    ceiling: ClassVar[float | None] = 1.0
    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = True

    def __init__(self, liked: Callable[[], Popularity] = nobody) -> None:
        self._liked = liked

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:
        if prepared.near is None:
            return NOWHERE
        if not len(collection.region):
            return UNPLACED
        return None if self._liked().items else "nobody has liked anything yet"

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        near = prepared.near
        if near is None:
            raise ValueError("the around branch was fired without a location")
        within_km = AROUND_KM if near.radius_km is None else near.radius_km
        around = collection.region.around(near.lat, near.lon, within_km, mask)
        liked = self._liked()
        gone = -1
        found = [collection.ordinal(item_id) for item_id in liked.items]
        ordinals = np.array([gone if ordinal is None else ordinal for ordinal in found], np.int32)
        is_here = np.isin(ordinals, around)
        strengths = liked.strengths[is_here]
        return best(ordinals[is_here], strengths / strengths.max(initial=MIN_STRENGTH), depth)
