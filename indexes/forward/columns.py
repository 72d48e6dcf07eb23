"""Holds the columns of every field and turns filter trees into masks over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from indexes.forward.column import Column
from indexes.forward.filters import ATTRIBUTE, All, AnyOf, Compare, Exists, In, Not, WithinKm
from indexes.forward.places import Places

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from indexes.forward.filters import Filter
    from indexes.types import Mask, Record, Value

Scalar: TypeAlias = str | float | bool
Leaf: TypeAlias = In | Compare | Exists | WithinKm


class Join(Protocol):
    """How two masks become one, in place of the first: numpy's logical functions."""

    def __call__(self, first: Mask, second: Mask, /, *, out: Mask) -> Mask: ...


class Columns:
    """The forward index. Not safe across threads: its owner guards it.

    `ordinal_of` answers for the field `id`, which needs no column of its own.
    """

    def __init__(self, ordinal_of: Callable[[str], int | None]) -> None:
        self._ordinal_of = ordinal_of
        self._size = 0
        self._columns: dict[str, Column] = {}
        self._held: dict[int, tuple[str, ...]] = {}  # the columns in which an ordinal has a value
        self._places = Places()

    def put(self, ordinal: int, record: Record) -> None:
        """Hold the record's fields under this ordinal instead of any before."""
        self.grow(ordinal + 1)
        self.remove(ordinal)
        values = fields(record)
        for name, value in values.items():
            self._column(name).set(ordinal, value)
        self._held[ordinal] = tuple(values)
        self._places.set(ordinal, record.location)

    def remove(self, ordinal: int) -> None:
        """Forget every value of this ordinal."""
        for name in self._held.pop(ordinal, ()):
            self._columns[name].set(ordinal, None)
        self._places.set(ordinal, None)

    def grow(self, size: int) -> None:
        """Make room for ordinals below `size`."""
        if size > self._size:
            self._size = size
            self._places.grow(size)
            for column in self._columns.values():
                column.grow(size)

    def facets(self, ordinals: npt.NDArray[np.int32], field: str) -> list[tuple[Scalar, int]]:
        """Return (value, how many of these distinct ordinals have it), most frequent first, then by value."""
        column = self._columns.get(field)
        counts = [] if column is None else column.count(ordinals)
        return sorted(counts, key=lambda pair: (-pair[1], type(pair[0]).__name__, pair[0]))

    def compile(self, tree: Filter) -> Mask:
        """Return where the filter holds, (n,); ordinals without a record are not left out here."""
        match tree:
            case All(parts):
                return self._joined(np.logical_and, parts, when_empty=True)
            case AnyOf(parts):
                return self._joined(np.logical_or, parts, when_empty=False)
            case Not(part):
                return np.logical_not(self.compile(part))
            case _:
                return self._leaf(tree)

    def _leaf(self, leaf: Leaf) -> Mask:
        if isinstance(leaf, WithinKm):
            return np.less_equal(self._places.distances_km(leaf.lat, leaf.lon), leaf.km)
        if leaf.field == "id":
            return self._ids(leaf)
        column = self._columns.get(leaf.field)
        if column is None:
            return np.zeros(self._size, np.bool_)
        if isinstance(leaf, In):
            return column.among(leaf.values)
        return column.present() if isinstance(leaf, Exists) else column.compare(leaf.operator, leaf.value)

    def _ids(self, leaf: In | Compare | Exists) -> Mask:
        mask = np.full(self._size, isinstance(leaf, Exists))
        if isinstance(leaf, In):
            found = [self._ordinal_of(value) for value in leaf.values if isinstance(value, str)]
            mask[[ordinal for ordinal in found if ordinal is not None]] = True
        return mask

    def _joined(self, join: Join, parts: tuple[Filter, ...], *, when_empty: bool) -> Mask:
        if not parts:
            return np.full(self._size, when_empty)
        mask = self.compile(parts[0])
        for part in parts[1:]:
            join(mask, self.compile(part), out=mask)
        return mask

    def _column(self, field: str) -> Column:
        column = self._columns.get(field)
        if column is None:
            column = self._columns[field] = Column()
            column.grow(self._size)
        return column


def fields(record: Record) -> dict[str, Value]:
    """Return every filterable field that has a value, but `id`, by its name in filters."""
    plain: dict[str, Value | None] = {
        "title": record.title or None,
        "tags": record.tags or None,
        "category": record.category,
        "language": record.language,
        "origin": record.origin,
        "popularity": record.popularity,
        "created_at": record.created_at,
        "has_picture": record.has_picture,
    }
    held = {name: value for name, value in plain.items() if value is not None}
    return held | {ATTRIBUTE + name: value for name, value in record.attributes.items()}
