"""Holds the columns of every field and turns filter trees into masks over them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from indexes.forward.column import Column
from indexes.forward.filters import ATTRIBUTE, All, AnyOf, Compare, Exists, In, Not, WithinKm
from indexes.forward.kinds import Numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from indexes.forward.filters import Filter
    from indexes.types import Mask, Record, Value

EARTH_RADIUS_KM = 6_371.0088  # mean radius, IUGG 1980
Scalar: TypeAlias = str | float | bool


class Columns:
    """The forward index. Not safe across threads: its owner guards it.

    `ordinal_of` answers for the field `id`, which needs no column of its own.
    """

    def __init__(self, ordinal_of: Callable[[str], int | None]) -> None:
        self._ordinal_of = ordinal_of
        self._size = 0
        self._columns: dict[str, Column] = {}
        self._attributes: dict[int, tuple[str, ...]] = {}
        self._lat, self._lon = Numbers(), Numbers()

    def put(self, ordinal: int, record: Record) -> None:
        """Hold the record's fields under this ordinal instead of any before."""
        self.grow(ordinal + 1)
        self._drop_attributes(ordinal)
        for name, value in fields(record):
            self._column(name).set(ordinal, value)
        if record.attributes:
            self._attributes[ordinal] = tuple(record.attributes)
        lat, lon = record.location or (math.nan, math.nan)
        self._lat.set(ordinal, lat)
        self._lon.set(ordinal, lon)

    def remove(self, ordinal: int) -> None:
        """Forget every value of this ordinal."""
        self._attributes.pop(ordinal, None)
        for column in self._columns.values():
            column.set(ordinal, None)
        self._lat.clear(ordinal)
        self._lon.clear(ordinal)

    def facets(self, ordinals: npt.NDArray[np.int32], field: str) -> list[tuple[Scalar, int]]:
        """Return (value, how many of these distinct ordinals have it), most frequent first, then by value."""
        column = self._columns.get(field)
        counts = [] if column is None else column.count(ordinals)
        return sorted(counts, key=lambda pair: (-pair[1], type(pair[0]).__name__, pair[0]))

    def compile(self, tree: Filter) -> Mask:
        """Return where the filter holds, (n,); ordinals without a record are not left out here."""
        match tree:
            case All(parts):
                return self._combine(np.logical_and, parts, start=True)
            case AnyOf(parts):
                return self._combine(np.logical_or, parts, start=False)
            case Not(part):
                return ~self.compile(part)
            case In(field, values):
                return self._among(field, values)
            case Compare(field, operator, value):
                return self._known(field).compare(operator, value)
            case Exists(field):
                return np.ones(self._size, np.bool_) if field == "id" else self._known(field).present()
            case WithinKm(lat, lon, km):
                return self.distances_km(lat, lon) <= km

    def distances_km(self, lat: float, lon: float) -> npt.NDArray[np.float64]:
        """Return the great-circle distance (haversine) of each ordinal, (n,), NaN without a location."""
        lats, lons = np.radians(self._lat.values), np.radians(self._lon.values)
        here_lat, here_lon = math.radians(lat), math.radians(lon)
        chord = np.sin((lats - here_lat) / 2) ** 2
        chord += math.cos(here_lat) * np.cos(lats) * np.sin((lons - here_lon) / 2) ** 2
        return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))

    def _among(self, field: str, values: tuple[Scalar, ...]) -> Mask:
        if field != "id":
            return self._known(field).among(values)
        mask = np.zeros(self._size, np.bool_)
        found = [self._ordinal_of(value) for value in values if isinstance(value, str)]
        mask[[ordinal for ordinal in found if ordinal is not None and ordinal < self._size]] = True
        return mask

    def _combine(self, join: np.ufunc, parts: tuple[Filter, ...], start: bool) -> Mask:
        if not parts:
            return np.full(self._size, start)
        mask = self.compile(parts[0])
        for part in parts[1:]:
            join(mask, self.compile(part), out=mask)
        return mask

    def _known(self, field: str) -> Column:
        """Return the field's column, an empty one when no record has the field."""
        column = self._columns.get(field)
        if column is None:
            column = Column()
            column.grow(self._size)
        return column

    def _column(self, field: str) -> Column:
        column = self._columns.get(field)
        if column is None:
            column = self._columns[field] = Column()
            column.grow(self._size)
        return column

    def _drop_attributes(self, ordinal: int) -> None:
        for name in self._attributes.pop(ordinal, ()):
            self._columns[ATTRIBUTE + name].set(ordinal, None)

    def grow(self, size: int) -> None:
        if size > self._size:
            self._size = size
            for column in (*self._columns.values(), self._lat, self._lon):
                column.grow(size)


def fields(record: Record) -> Iterator[tuple[str, Value | None]]:
    """Yield every filterable field but `id` by its name in filters; an empty title is absent."""
    yield "title", record.title or None
    yield "tags", record.tags
    yield "category", record.category
    yield "language", record.language
    yield "origin", record.origin
    yield "popularity", record.popularity
    yield "created_at", record.created_at
    yield "has_picture", record.has_picture
    for name, value in record.attributes.items():
        yield ATTRIBUTE + name, value
