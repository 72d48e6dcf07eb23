"""Keeps the ordinals of each cell of the earth, at several sizes of cell: the one file that knows h3."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h3.api.basic_int as h3
import numpy as np

from indexes.growing import GrowingArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

FINEST = 9
SIZES = (9, 7, 5, 3, 1)  # resolutions, finest first; an edge is 0.2, 1.4, 9.9, 69 and 483 km long
RINGS = (1, 3)  # how many rings around the middle cell are looked at before the next size of cell
# Of the mean edge: how short an edge may be. Cells differ in size by a factor of two in area.
SHORTEST = 0.5
NOWHERE = 0
MIN_STALE = 16


class Cells:
    """Which ordinals lie in which cell, by size of cell. One writer; any thread reads.

    A list of a cell only grows at its end or is replaced whole, so a reader needs no lock; ordinals
    that moved away stay in it until half of it is stale, and readers leave them out.
    """

    def __init__(self) -> None:
        self._home = GrowingArray(np.int64, fill=NOWHERE)  # the finest cell of each ordinal
        self._lists: dict[int, list[int]] = {}
        self._stale: dict[int, int] = {}

    def put(self, ordinal: int, location: tuple[float, float] | None) -> None:
        """Place the ordinal at (latitude, longitude) in degrees, or nowhere."""
        self._home.grow(ordinal + 1)
        before = int(self._home.values[ordinal])
        home = NOWHERE if location is None else h3.latlng_to_cell(*location, FINEST)
        if home == before:
            return
        self._home.values[ordinal] = home
        old, new = set(chain(before)), set(chain(home))
        for cell in old - new:
            self._leave(cell)
        for cell in new - old:
            self._lists.setdefault(cell, []).append(ordinal)

    def _leave(self, cell: int) -> None:
        self._stale[cell] = self._stale.get(cell, 0) + 1
        held = self._lists[cell]
        if self._stale[cell] >= max(MIN_STALE, len(held) // 2):
            kept = list(dict.fromkeys(o for o in held if cell in chain(int(self._home.values[o]))))
            self._stale[cell] = 0
            if kept:
                self._lists[cell] = kept
            else:
                del self._lists[cell]

    def rings(self, lat: float, lon: float) -> Iterator[tuple[float, npt.NDArray[np.int32]]]:
        """Yield ever wider (km, ordinals): who lies within `km` of the point is among the ordinals, (n,).

        Distinct and ascending; others that are farther away may be among them, and such as moved away.
        """
        for size in SIZES:
            middle = h3.latlng_to_cell(lat, lon, size)
            edge_km = h3.average_hexagon_edge_length(size, unit="km")
            for rings in RINGS:
                # k rings of regular hexagons with edge e leave at least (1.5 k - 0.5) e on every side.
                reach_km = SHORTEST * (1.5 * rings - 0.5) * edge_km
                yield reach_km, self._among(h3.grid_disk(middle, rings))

    def _among(self, cells: list[int]) -> npt.NDArray[np.int32]:
        lists = [held for cell in cells if (held := self._lists.get(cell)) is not None]
        return np.unique(np.array([ordinal for held in lists for ordinal in held.copy()], np.int32))


def chain(home: int) -> tuple[int, ...]:
    """Return the cells of every size around a finest cell; none around nowhere."""
    return () if home == NOWHERE else tuple(h3.cell_to_parent(home, size) for size in SIZES)
