"""Fuses with weights and scales that were fitted: any number of branches, each mapped to one measure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.domain.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.ranking.fusion import Fusion
    from app.ranking.lists import Grid, Scores

FORMAT_VERSION = 1
OLDEST_READABLE_VERSION = 1
WEIGHTS_FILE = "weights.json"


@dataclass(frozen=True, slots=True)
class Scale:
    """How a branch's score becomes a share in [0, 1].

    `query` maps the floor and the ceiling of each list to 0 and 1, as the fusion `convex` does;
    `logistic` is 1 / (1 + exp(-(a * score + b))), the chance that something so scored is wanted (Platt 1999).
    """

    kind: str
    a: float = 1.0
    b: float = 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What was fitted: a weight and a scale by branch; a branch not known then has the weight `other`."""

    weights: Mapping[str, float]
    scales: Mapping[str, Scale]
    other: float

    def to_bytes(self) -> bytes:
        """Return the file that holds them."""
        scales = {name: {"kind": s.kind, "a": s.a, "b": s.b} for name, s in self.scales.items()}
        body = {
            "format": FORMAT_VERSION,
            "weights": dict(self.weights),
            "scales": scales,
            "other": self.other,
        }
        return (json.dumps(body, indent=2, sort_keys=True) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Weights:
        """Read what `to_bytes` wrote. Raises Conflict for another format."""
        body: dict[str, Any] = json.loads(content)
        if not OLDEST_READABLE_VERSION <= body["format"] <= FORMAT_VERSION:
            raise Conflict(f"fusion weights of format {body['format']} are not read by this build")
        scales = {name: Scale(**one) for name, one in body["scales"].items()}
        return cls(body["weights"], scales, body["other"])

    def fuse(self, grid: Grid) -> Scores:
        """Return contributions (b, n): weight * share, absent 0, with weights that sum to 1.

        The plan's own weights still count: a fitted weight is multiplied with them.
        """
        own = np.array([self.weights.get(name, self.other) for name in grid.names], np.float64)
        weights = own * grid.weights
        total = weights.sum()
        weights = weights / total if total > 0 else grid.weights
        shares = np.stack([self.shares(row, name, grid) for row, name in enumerate(grid.names)])
        return np.where(grid.ranks > 0, weights[:, None] * shares, 0.0)

    def shares(self, row: int, name: str, grid: Grid) -> Scores:
        """Return the branch's scores on its scale, (n,)."""
        return scaled(
            self.scales.get(name, Scale("query")),
            grid.scores[row].astype(np.float64),
            grid.floors[row],
            grid.ceilings[row],
        )


def scaled(scale: Scale, scores: Scores, floor: float, ceiling: float) -> Scores:
    """Return scores on a scale, strictly growing with them, so that a branch's own order stands."""
    if scale.kind == "logistic":
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scale.a * scores + scale.b, -50.0, 50.0))))
    span = ceiling - floor
    return np.ones_like(scores) if span <= 0 else np.clip((scores - floor) / span, 0.0, 1.0)


def read_weights(files: Mapping[str, bytes]) -> Fusion:
    """Return the fusion that a package of fusion weights holds. Raises Conflict for another format."""
    return Weights.from_bytes(files[WEIGHTS_FILE]).fuse
