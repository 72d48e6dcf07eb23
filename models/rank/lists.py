"""Holds what rankers learn from: lists of rows with grades, and what each row's grade weighs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = npt.NDArray[np.float64]
Rows: TypeAlias = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Lists:
    """Candidate lists one after another, each in the order it was shown or recalled.

    `matrix` is (n, f) float32, `grades` (n,) from 0 up, `weights` (n,) what a grade counts (an inverse
    propensity for clicks, 1 for judgments), `starts` (q + 1,) the bounds of the lists, `moments` (q,)
    the seconds since the epoch of each, and `fused` (n,) the fused score that it was ordered by.
    """

    matrix: npt.NDArray[np.float32]
    grades: Floats
    weights: Floats
    starts: Rows
    moments: Floats
    fused: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> Rows:
        """How many rows each list has, (q,)."""
        return np.diff(self.starts)

    @property
    def owners(self) -> Rows:
        """Which list each row is of, (n,)."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def take(self, chosen: Sequence[int] | Rows) -> Lists:
        """Return these lists only, in this order."""
        places = np.asarray(chosen, np.intp)
        rows = [np.arange(self.starts[place], self.starts[place + 1]) for place in places]
        picked = np.concatenate(rows) if rows else np.empty(0, np.intp)
        return Lists(
            matrix=self.matrix[picked],
            grades=self.grades[picked],
            weights=self.weights[picked],
            starts=np.concatenate([[0], np.cumsum(self.sizes[places])]).astype(np.intp),
            moments=self.moments[places],
            fused=self.fused[picked],
        )

    def with_matrix(self, matrix: npt.NDArray[np.float32]) -> Lists:
        """Return the same lists described by other columns, (n, g)."""
        return Lists(matrix, self.grades, self.weights, self.starts, self.moments, self.fused)

    def with_weights(self, weights: Floats) -> Lists:
        """Return the same lists with other weights, (n,)."""
        return Lists(self.matrix, self.grades, weights, self.starts, self.moments, self.fused)


def split_by_time(lists: Lists, shares: Sequence[float]) -> list[Lists]:
    """Cut the lists into parts by their moments, the oldest first; `shares` sum to 1."""
    order = np.argsort(lists.moments, kind="stable")
    bounds = np.round(np.cumsum([0.0, *shares]) * len(order)).astype(int)
    return [lists.take(order[low:high]) for low, high in itertools.pairwise(bounds)]
