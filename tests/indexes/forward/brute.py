"""Evaluates filters one record at a time, in plain Python: what the columns are compared with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from indexes.forward.filters import ATTRIBUTE, All, AnyOf, Compare, Exists, In, Not, WithinKm

if TYPE_CHECKING:
    from indexes.forward.filters import Filter
    from indexes.types import Record


def holds(tree: Filter, record: Record) -> bool:
    """Return whether the filter holds for the record."""
    if isinstance(tree, Not):
        return not holds(tree.part, record)
    if isinstance(tree, All | AnyOf):
        parts = [holds(part, record) for part in tree.parts]
        return all(parts) if isinstance(tree, All) else any(parts)
    if isinstance(tree, WithinKm):
        return record.location is not None and kilometres(record.location, (tree.lat, tree.lon)) <= tree.km
    return leaf_holds(tree, record)


def leaf_holds(tree: In | Compare | Exists, record: Record) -> bool:
    """Return whether a condition on one field holds for the record."""
    values = values_of(record, tree.field)
    if isinstance(tree, Exists):
        return bool(values)
    if isinstance(tree, In):
        return any(type(v) is type(w) and v == w for v in map(kind, values) for w in map(kind, tree.values))
    return any(compare(tree, value) for value in values)


def compare(tree: Compare, value: object) -> bool:
    """Return whether a value is a number on the wanted side."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    sides = {
        "lt": value < tree.value,
        "lte": value <= tree.value,
        "gt": value > tree.value,
        "gte": value >= tree.value,
    }
    return sides[tree.operator]


def kind(value: object) -> object:
    """Return integers as floats, and everything else as it is: 1 equals 1.0 but not true."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def values_of(record: Record, field: str) -> list[object]:
    """Return every value the record has in the field."""
    value: object
    if field.startswith(ATTRIBUTE):
        value = record.attributes.get(field.removeprefix(ATTRIBUTE))
    else:
        value = getattr(record, field)
    if value is None or (field == "title" and value == ""):
        return []
    return list(value) if isinstance(value, tuple) else [value]


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the great-circle distance by the spherical law of cosines with vectors."""

    def unit(place: tuple[float, float]) -> tuple[float, float, float]:
        lat, lon = map(math.radians, place)
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    p, q = unit(a), unit(b)
    dot = sum(x * y for x, y in zip(p, q, strict=True))
    cross = math.dist(p, q) * math.dist(p, tuple(-x for x in q)) / 2
    return 6_371.0088 * math.atan2(cross, dot)
