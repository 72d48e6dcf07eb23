"""Attributes the scores of shallow trees to features: exact Shapley values from tables made beforehand.

A leaf of a tree whose path asks about m features plays the game v(S) = value * prod_{j in S} o_j *
prod_{j not in S} r_j, where o_j is 1 when the row passes all the path asks about feature j, and r_j
is the share of training rows that do (Lundberg et al. 2018, algorithm 1). Its Shapley values depend on
the row by the pattern of o alone: 2^m patterns a leaf, so that trees of a small depth need no walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from models.rank.lists import Floats

MOST_PLAYERS = 6  # features on one path; with more the tables would be larger than the walk is long


@dataclass(slots=True)
class Path:
    """What the way to one leaf asks: by feature the bounds low < x <= high and the share that passes."""

    value: float
    count: float
    asks: dict[int, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Attribution:
    """The tables of an ensemble with l leaves of at most m players each.

    features, lows and highs are (l, m), table (l, 2^m, m): the Shapley values by pattern; base is
    what the ensemble says of nothing. Places without a player pass everything and are given nothing.
    """

    features: npt.NDArray[np.intp]
    lows: Floats
    highs: Floats
    table: Floats
    base: float
    num_features: int

    def contributions(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return (n, f + 1) for rows (n, f): each feature's Shapley value and, last, the base."""
        num_rows, width = len(matrix), self.num_features
        values = matrix[:, self.features].astype(np.float64)  # (n, l, m)
        passed = (values > self.lows) & (values <= self.highs)
        pattern = passed @ (1 << np.arange(self.features.shape[1]))  # (n, l)
        given = self.table[np.arange(len(self.features)), pattern]  # (n, l, m)
        cells = np.arange(num_rows)[:, None] * width + self.features.ravel()
        sums = np.bincount(cells.ravel(), given.reshape(num_rows, -1).ravel(), num_rows * width)
        return np.hstack([sums.reshape(num_rows, width), np.full((num_rows, 1), self.base)])


def read_trees(model: Mapping[str, Any], num_features: int) -> Attribution | None:
    """Return the tables of a model that lightgbm dumped, None when a path has more than 6 features."""
    paths = [path for tree in model["tree_info"] for path in _paths(tree["tree_structure"])]
    players = max((len(path.asks) for path in paths), default=0)
    if players > MOST_PLAYERS:
        return None
    features = np.zeros((len(paths), players), np.intp)
    lows, highs = np.full((len(paths), players), -np.inf), np.full((len(paths), players), np.inf)
    shares = np.ones((len(paths), players))
    for row, path in enumerate(paths):
        for place, (feature, (low, high, share)) in enumerate(path.asks.items()):
            features[row, place], shares[row, place] = feature, share
            lows[row, place], highs[row, place] = low, high
    leaves = np.array([path.value for path in paths])
    base = float((leaves * shares.prod(axis=1)).sum())
    return Attribution(features, lows, highs, _table(leaves, shares), base, num_features)


def _paths(node: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the way to each leaf; bounds and shares of a feature asked twice are joined."""
    if "leaf_value" in node:
        yield Path(float(node["leaf_value"]), float(node.get("leaf_count", 1)), {})
        return
    feature, threshold = int(node["split_feature"]), float(node["threshold"])
    for side in ("left_child", "right_child"):
        child = node[side]
        share = _count(child) / max(_count(node), 1.0)
        for path in _paths(child):
            low, high, passes = path.asks.get(feature, (-np.inf, np.inf, 1.0))
            low = max(low, threshold) if side == "right_child" else low
            high = min(high, threshold) if side == "left_child" else high
            path.asks[feature] = (low, high, passes * share)
            yield path


def _count(node: Mapping[str, Any]) -> float:
    return float(node["internal_count"] if "internal_count" in node else node.get("leaf_count", 1))


def _table(leaves: Floats, shares: Floats) -> Floats:
    """Return (l, 2^m, m): Shapley's mean over coalitions of what joining gives, by pattern of passing.

    A player without effect changes nobody's value, so that paths with fewer players need no table of
    their own.
    """
    num_leaves, players = shares.shape
    table = np.zeros((num_leaves, 1 << players, players))
    for pattern in range(1 << players):
        passes = np.array([(pattern >> place) & 1 for place in range(players)], np.float64)
        for player in range(players):
            others = [place for place in range(players) if place != player]
            total = np.zeros(num_leaves)
            for size in range(players):
                weight = factorial(size) * factorial(players - size - 1) / factorial(players)
                for coalition in combinations(others, size):
                    inside = passes[list(coalition)].prod()
                    if inside:
                        outside = [place for place in others if place not in coalition]
                        total += weight * shares[:, outside].prod(axis=1)
            table[:, pattern, player] = leaves * total * (passes[player] - shares[:, player])
    return table
