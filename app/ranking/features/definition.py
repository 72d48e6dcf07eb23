"""Defines a feature: one number of a candidate, declared once for logging, training and serving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from models.exported import exported

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ranking.features.scene import Scene

    Compute: TypeAlias = Callable[[Scene], "Column"]

Column: TypeAlias = npt.NDArray[np.generic] | float
Kind: TypeAlias = Literal["number", "count", "share", "flag"]
Cost: TypeAlias = Literal["free", "cheap", "costly"]
Group: TypeAlias = Literal[
    "query", "item", "query-item", "branch", "fusion", "context", "person", "trend", "own", "model"
]


@dataclass(frozen=True, slots=True)
class Feature:
    """A name, what kind of number it is, what stands where nothing is known, and how it is computed.

    `version` goes up whenever the same name begins to mean another number. `compute` returns one value
    a candidate, (n,), or one for all; NaN where nothing is known. `cost` says what computing it takes:
    nothing (`free`), a few microseconds (`cheap`), or a look at each candidate (`costly`).
    """

    name: str
    group: Group
    kind: Kind
    version: int
    default: float
    cost: Cost
    compute: Compute
    definition: str = ""

    def to_body(self) -> dict[str, Any]:
        """Return what identifies it, as JSON values: equal bodies mean equal numbers."""
        body: dict[str, Any] = {
            "name": self.name,
            "version": self.version,
            "kind": self.kind,
            "default": self.default,
        }
        return body | ({"definition": self.definition} if self.definition else {})


# Filled by the decorator while the modules of this package are imported, only read afterwards.
_DECLARED: dict[str, Feature] = {}


def feature(
    name: str,
    group: Group,
    *,
    kind: Kind = "number",
    version: int = 1,
    default: float = 0.0,
    cost: Cost = "cheap",
) -> Callable[[Compute], Compute]:
    """Declare the decorated function as a feature under its stable public name."""

    def give(compute: Compute) -> Compute:
        exported("features", name)(compute)
        _DECLARED[name] = Feature(name, group, kind, version, default, cost, compute)
        return compute

    return give


def declared() -> tuple[Feature, ...]:
    """Return every feature that the modules imported so far declare, in name order."""
    return tuple(_DECLARED[name] for name in sorted(_DECLARED))
