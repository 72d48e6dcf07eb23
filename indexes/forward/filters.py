"""Holds the filter tree and reads it from JSON, refusing what it does not know by path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

PLAIN_FIELDS = frozenset(
    {"id", "title", "tags", "category", "language", "origin", "popularity", "created_at", "has_picture"}
)
ATTRIBUTE = "attributes."
COMPARISONS = ("lt", "lte", "gt", "gte")
MAX_DEPTH = 16
MAX_NODES = 1_000

Scalar: TypeAlias = str | float | bool


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these holds; no parts: always."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds; no parts: never."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold. An absent field fails `eq`, and so passes `not eq`."""

    part: Filter


@dataclass(frozen=True, slots=True)
class In:
    """The field has one of these values; a list field matches by any of its members."""

    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """The field is a number on this side of `value`; `operator` is lt, lte, gt or gte."""

    field: str
    operator: str
    value: float


@dataclass(frozen=True, slots=True)
class Exists:
    """The field has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class WithinKm:
    """The location is at most `km` kilometres from (lat, lon) in degrees, along a great circle."""

    lat: float
    lon: float
    km: float


Filter: TypeAlias = All | AnyOf | Not | In | Compare | Exists | WithinKm


class FilterError(ValueError):
    """The JSON is no filter; `path` says where, as `filter.all[0].eq`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def parse_filter(tree: object, path: str = "filter") -> Filter:
    """Read a filter from its JSON form; raises FilterError.

    `{"all": [f, …]}`, `{"any": [f, …]}`, `{"not": f}`, `{"exists": field}`, `{"eq": {field: value}}`,
    `{"in": {field: [value, …]}}`, `{"lt" | "lte" | "gt" | "gte": {field: number}}`,
    `{"within_km": {"lat", "lon", "km"}}`.
    """
    budget = [MAX_NODES]
    return _node(tree, path, 0, budget)


def _node(tree: object, path: str, depth: int, budget: list[int]) -> Filter:
    budget[0] -= 1
    if budget[0] < 0:
        raise FilterError(path, f"a filter has at most {MAX_NODES} nodes")
    if depth > MAX_DEPTH:
        raise FilterError(path, f"a filter is at most {MAX_DEPTH} levels deep")
    if not isinstance(tree, dict) or len(tree) != 1:
        raise FilterError(path, "a filter is an object with exactly one operator")
    ((operator, body),) = tree.items()
    here = f"{path}.{operator}"
    if operator in {"all", "any"}:
        if not isinstance(body, list):
            raise FilterError(here, f"`{operator}` takes a list of filters")
        parts = tuple(_node(part, f"{here}[{i}]", depth + 1, budget) for i, part in enumerate(body))
        return All(parts) if operator == "all" else AnyOf(parts)
    if operator == "not":
        return Not(_node(body, here, depth + 1, budget))
    return _leaf(operator, body, here)


def _leaf(operator: str, body: Any, path: str) -> Filter:
    if operator == "exists":
        return Exists(_field(body, path))
    if operator == "within_km":
        return _within(body, path)
    if operator not in {"eq", "in", *COMPARISONS}:
        raise FilterError(path, f"`{operator}` is no filter operator")
    if not isinstance(body, dict) or len(body) != 1:
        raise FilterError(path, f"`{operator}` takes an object with exactly one field")
    ((name, value),) = body.items()
    field, here = _field(name, path), f"{path}.{name}"
    if operator == "eq":
        return In(field, (_scalar(value, here),))
    if operator == "in":
        if not isinstance(value, list):
            raise FilterError(here, "`in` takes a list of values")
        return In(field, tuple(_scalar(v, f"{here}[{i}]") for i, v in enumerate(value)))
    return Compare(field, operator, _number(value, here))


def _within(body: Any, path: str) -> WithinKm:
    if not isinstance(body, dict) or set(body) != {"lat", "lon", "km"}:
        raise FilterError(path, "`within_km` takes lat, lon and km")
    lat, lon, km = (_number(body[name], f"{path}.{name}") for name in ("lat", "lon", "km"))
    if not -90 <= lat <= 90:
        raise FilterError(f"{path}.lat", "a latitude lies between -90 and 90 degrees")
    if not -180 <= lon <= 180:
        raise FilterError(f"{path}.lon", "a longitude lies between -180 and 180 degrees")
    if km < 0:
        raise FilterError(f"{path}.km", "a radius is not negative")
    return WithinKm(lat, lon, km)


def _field(name: object, path: str) -> str:
    if isinstance(name, str) and (
        name in PLAIN_FIELDS or (len(name) > len(ATTRIBUTE) and name.startswith(ATTRIBUTE))
    ):
        return name
    known = ", ".join(sorted(PLAIN_FIELDS))
    raise FilterError(path, f"{name!r} is no field; known are {known} and attributes.NAME")


def _scalar(value: object, path: str) -> Scalar:
    if isinstance(value, str | bool):
        return value
    return _number(value, path)


def _number(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FilterError(path, "a number is wanted here")
    if not -1e308 < value < 1e308:
        raise FilterError(path, "a finite number is wanted here")
    return float(value)
