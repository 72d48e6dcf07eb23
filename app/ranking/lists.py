"""Holds what fusion takes and gives: branch lists in, one list with its contributions out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from indexes.types import Matches

    Complete: TypeAlias = Callable[[npt.NDArray[np.int32]], npt.NDArray[np.float32]]

Number = TypeVar("Number", bound=np.generic)
Ordinals: TypeAlias = npt.NDArray[np.int32]
Ranks: TypeAlias = npt.NDArray[np.int32]
BranchScores: TypeAlias = npt.NDArray[np.float32]
Scores: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BranchList:
    """What one branch recalled, best first and each ordinal once, and how much its voice counts.

    `floor` is the score that the branch gives to something unrelated and `ceiling` the highest it
    can give; where its scale has no such point (None) the lowest and the highest recalled stand in.
    `complete` gives the branch's own exact scores, (n,), of ordinals that it did not recall, NaN for
    those it has none for; None where the branch cannot.
    """

    name: str
    weight: float
    matches: Matches
    floor: float | None = None
    ceiling: float | None = None
    complete: Complete | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """Branch lists side by side: rows are branches in name order, columns candidates.

    weights (b,) sum to 1; ordinals (n,); ranks (b, n) count from 1, 0 where the branch did not recall;
    scores (b, n) hold where known (b, n): recalled, or scored afterwards; they are 0 elsewhere; floors
    and ceilings (b,).
    """

    names: tuple[str, ...]
    weights: Scores
    floors: Scores
    ceilings: Scores
    ordinals: Ordinals
    ranks: Ranks
    scores: BranchScores
    known: Flags


def no_ends() -> Scores:
    """Return the ends of no scales."""
    return np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class Ranked:
    """The one list, best first.

    ordinals, scores and exact are (n,); ranks, branch_scores and contributions (b, n) as in Grid: a rank
    says that the branch recalled the item, a score or a contribution without one that it was scored.
    A column's contributions, and `EXACT_TITLE` where `exact`, sum to its score. `ends` (b, 2) are the floor
    and the ceiling of each branch's scale, none where the list does not tell.
    """

    names: tuple[str, ...]
    ordinals: Ordinals
    ranks: Ranks
    branch_scores: BranchScores
    contributions: Scores
    exact: Flags
    scores: Scores
    ends: Scores = field(default_factory=no_ends)

    def __len__(self) -> int:
        return len(self.ordinals)

    def take(self, columns: npt.NDArray[np.intp] | slice) -> Ranked:
        """Return the list of these columns only, in their order."""
        return Ranked(
            names=self.names,
            ordinals=self.ordinals[columns],
            ranks=_columns(self.ranks, columns),
            branch_scores=_columns(self.branch_scores, columns),
            contributions=_columns(self.contributions, columns),
            exact=self.exact[columns],
            scores=self.scores[columns],
            ends=self.ends,
        )

    @property
    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """Every array, in a fixed order."""
        shown = (self.ordinals, self.ranks, self.branch_scores, self.contributions, self.exact, self.scores)
        return (*shown, self.ends)


def _columns(rows: npt.NDArray[Number], columns: npt.NDArray[np.intp] | slice) -> npt.NDArray[Number]:
    """Return these columns of (b, n) row by row: indexing would lay them out across."""
    return rows[:, columns] if isinstance(columns, slice) else rows.take(columns, axis=1)
