"""Evaluates an ensemble of small trees on many rows at once, to the bit as lightgbm does, with numpy alone.

Every comparison of every tree is made for every row; a tree's outcomes are the bits of a pattern, and a
table made beforehand says which leaf a pattern leads to. The leaf is the leftmost that no failed comparison
rules out (QuickScorer: Lucchese et al. 2015, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.rank.lists import Floats

MOST_NODES = 16  # of one tree: a table has 2^nodes places
MOST_PLACES = 1 << 23  # of all tables: 16 MiB
ZERO = np.float32(1e-35)  # what is no larger is none
CHUNK_ROWS = 512  # whose comparisons stay in a core's cache


@dataclass(slots=True)
class Walk:
    """A tree as it is read: its comparisons in the order met, and its leaves from left to right."""

    features: list[int]
    thresholds: list[float]
    ruled_out: list[tuple[int, int]]  # the leaves below the left child, from and to
    leaves: list[float]


@dataclass(frozen=True, slots=True)
class Forest:
    """The tables of t trees with at most s comparisons each.

    `columns` (c,) are the features that anything compares, `rows` (s, t) the place in them of each
    comparison, slot by slot, and `thresholds` (s, t, 1) float32: a row goes right where it is above.
    `table` (t * 2^s,) gives the place in `values` of the leaf that a pattern leads to, `starts` (t, 1) where
    a tree's patterns begin.
    """

    columns: npt.NDArray[np.intp]
    rows: npt.NDArray[np.intp]
    thresholds: npt.NDArray[np.float32]
    table: npt.NDArray[np.uint16]
    starts: npt.NDArray[np.int32]
    values: Floats

    def predict(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return the score of each row of (n, f), (n,); all numbers are finite.

        Leaves are added tree by tree, as lightgbm adds them.
        """
        scores = np.empty(len(matrix))
        for start in range(0, len(matrix), CHUNK_ROWS):
            part = matrix[start : start + CHUNK_ROWS]
            leaves = self.values[self.table[self._patterns(part)]]  # (t, n)
            np.add.reduce(leaves, axis=0, out=scores[start : start + CHUNK_ROWS])
        return scores

    def _patterns(self, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
        """Return where each tree's table holds what each row comes to, (t, n)."""
        columns = np.ascontiguousarray(matrix.T[self.columns])
        patterns = self.starts + self._bits(columns, 0, min(len(self.rows), 8))
        if len(self.rows) > 8:
            high = self._bits(columns, 8, len(self.rows)).astype(np.int32)
            high <<= 8
            patterns += high
        return patterns

    def _bits(self, columns: npt.NDArray[np.float32], start: int, end: int) -> npt.NDArray[np.uint8]:
        """Return the outcomes of up to eight slots as the bits of a byte, (t, n), the first slot the lowest.

        One slot at a time: what lies between would not stay in a core's cache.
        """
        byte = np.zeros((len(self.starts), columns.shape[1]), np.uint8)
        for slot in range(end - 1, start - 1, -1):
            byte += byte
            byte += (columns[self.rows[slot]] > self.thresholds[slot]).view(np.uint8)
        return byte


def plant(model: Mapping[str, Any]) -> Forest | None:
    """Return the tables of a model that lightgbm dumped.

    None where a tree is too large, or asks of something else than whether a number is above another.
    """
    walks = [Walk([], [], [], []) for _ in model["tree_info"]]
    for walk, tree in zip(walks, model["tree_info"], strict=True):
        if not _read(walk, tree["tree_structure"]):
            return None
    slots = max((len(walk.features) for walk in walks), default=0)
    if slots == 0 or slots > MOST_NODES or len(walks) << slots > MOST_PLACES:
        return None
    if sum(len(walk.leaves) for walk in walks) > np.iinfo(np.uint16).max:
        return None
    features = np.zeros((slots, len(walks)), np.intp)
    thresholds = np.full((slots, len(walks)), np.inf, np.float32)  # nothing is above it
    tables, first = [], 0
    for place, walk in enumerate(walks):
        features[: len(walk.features), place] = walk.features
        thresholds[: len(walk.features), place] = [_floor(one) for one in walk.thresholds]
        tables.append(_leaves_by_pattern(walk, slots) + np.uint16(first))
        first += len(walk.leaves)
    columns, rows = np.unique(features, return_inverse=True)
    return Forest(
        columns=columns,
        rows=rows.reshape(features.shape),
        thresholds=thresholds[:, :, None],
        table=np.concatenate(tables),
        starts=(np.arange(len(walks), dtype=np.int32) << slots)[:, None],
        values=np.array([leaf for walk in walks for leaf in walk.leaves]),
    )


def _read(walk: Walk, node: Mapping[str, Any]) -> bool:
    """Write a node and all below it down; False where it compares in another way."""
    if "leaf_value" in node:
        walk.leaves.append(float(node["leaf_value"]))
        return True
    if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
        return False
    place, first = len(walk.features), len(walk.leaves)
    walk.features.append(int(node["split_feature"]))
    walk.thresholds.append(float(node["threshold"]))
    walk.ruled_out.append((first, first))
    known = _read(walk, node["left_child"])
    walk.ruled_out[place] = (first, len(walk.leaves))
    return known and _read(walk, node["right_child"])


def _leaves_by_pattern(walk: Walk, slots: int) -> npt.NDArray[np.uint8]:
    """Return the place of the leaf that each of the 2^s patterns leads to."""
    low = min(slots, 8)
    possible = _possible(walk, 0, low) & _possible(walk, low, slots)[:, None]
    lowest = (possible & -possible).ravel()
    places: npt.NDArray[np.uint8] = (np.frexp(lowest)[1] - 1).astype(np.uint8)
    return places


def _possible(walk: Walk, start: int, end: int) -> npt.NDArray[np.int32]:
    """Return as bits, (2^(end - start),), the leaves that each pattern of these comparisons leaves."""
    patterns = np.arange(1 << (end - start), dtype=np.int32)
    possible = np.full(len(patterns), (1 << len(walk.leaves)) - 1, np.int32)
    for slot, (first, last) in enumerate(walk.ruled_out[start:end]):
        left = (1 << last) - (1 << first)
        possible[(patterns >> slot & 1) > 0] &= ~left
    return possible


def _floor(threshold: float) -> np.float32:
    """Return the highest float32 that is not above: float32 numbers compare to both alike.

    Numbers from -1e-35 to 1e-35 are zeros to lightgbm: they go the way of zero.
    """
    near = np.float32(threshold)
    if -ZERO <= near <= ZERO:
        return ZERO if threshold >= 0 else np.nextafter(-ZERO, np.float32(-np.inf))
    return near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf))
