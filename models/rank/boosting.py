"""Boosts LambdaMART's trees (Burges 2010), as many as cross-validation says and no more."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from models.rank.metrics import weighted_dcg
from models.rank.pairs import lambdas, pairs_of
from models.rank.start import fit_start
from models.rank.validate import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from models.rank.lists import Floats, Lists
    from models.rank.start import Start

HOLDS_STILL = 30  # rounds without a better mean after which no fold is boosted on


@dataclass(frozen=True, slots=True)
class TreeOptions:
    """How the trees grow; few leaves and a depth keep prediction and attribution quick.

    A leaf holds a `share` of all rows, within `min_rows` and `most_rows`: clicks are few and noisy.
    """

    num_trees: int = 100
    num_leaves: int = 7
    max_depth: int = 5
    learning_rate: float = 0.1
    min_rows: int = 20
    most_rows: int = 100
    share: float = 0.005
    columns: float = 0.8
    l2: float = 1.0


@dataclass(frozen=True, slots=True)
class Curve:
    """What folds reached on lists they did not see: (rounds + 1, q), and the best each list allows, (q,).

    Both are weighted as in `weighted_dcg`; the first row is the start, before any tree.
    """

    told: Floats
    best: Floats

    @property
    def means(self) -> Floats:
        """Weighted nDCG after each number of rounds, (rounds + 1,)."""
        return np.asarray(self.told.sum(axis=1) / (self.best.sum() or 1.0), np.float64)

    def rounds(self) -> int:
        """Return the rounds that reached most; none where that is within one standard error of the start.

        The error is that of the paired difference: lists differ far more from each other than orders do.
        """
        best = int(self.means.argmax())
        gains = (self.told[best] - self.told[0])[self.best > 0]
        if len(gains) < 2:  # one list has no error
            return best
        return best if gains.mean() > gains.std(ddof=1) / np.sqrt(len(gains)) else 0


@dataclass(frozen=True, slots=True)
class Grown:
    """A model's text, where it starts, how many trees it has, and the curve that said so."""

    text: str
    start: Start | None
    num_trees: int
    curve: Curve


def grow(
    lists: Lists,
    names: Sequence[str],
    seed: int,
    column: int | None = None,
    options: TreeOptions | None = None,
) -> Grown:
    """Return trees boosted on `lists` from the order by a column on; from nothing where it is None.

    Raises ValueError when no list holds rows of different grades, and when there are too few rows to split.
    """
    chosen = options or TreeOptions()
    _check(lists, chosen)
    curve = _curve(lists, names, seed, column, chosen)
    rounds = curve.rounds()
    booster = _Booster(lists, names, seed, column, chosen)
    for _ in range(rounds):
        booster.grow()
    return Grown(booster.text, booster.start, rounds, curve)


def train_trees(lists: Lists, names: Sequence[str], seed: int, options: TreeOptions | None = None) -> str:
    """Return the text of a model with exactly as many trees as the options say. Raises as `grow`."""
    chosen = options or TreeOptions()
    _check(lists, chosen)
    booster = _Booster(lists, names, seed, None, chosen)
    for _ in range(chosen.num_trees):
        booster.grow()
    return booster.text


def _curve(lists: Lists, names: Sequence[str], seed: int, column: int | None, options: TreeOptions) -> Curve:
    """Boost every fold, tree by tree, until the last ones were no better on what the folds did not see.

    Where a fold leaves too few rows to grow a tree, what it holds stays at the start.
    """
    scores, owners = np.zeros(len(lists.grades)), lists.owners
    folds = []
    for rest, held in folded(len(lists), seed):
        booster = _Booster(lists.take(rest), names, seed, column, options)
        rows = np.flatnonzero(np.isin(owners, held))
        if booster.start is not None:
            scores[rows] = booster.start.scores(lists.matrix[rows])
        if booster.can_grow:
            folds.append((booster, rows, np.ascontiguousarray(lists.matrix[rows])))
    told, best = weighted_dcg(lists, scores)
    curve = [told]
    while folds and len(curve) <= options.num_trees and len(curve) - _highest(curve) <= HOLDS_STILL:
        for booster, rows, matrix in folds:
            booster.grow()
            scores[rows] += booster.newest(matrix)
        curve.append(weighted_dcg(lists, scores)[0])
    return Curve(np.stack(curve), best)


def _highest(curve: Sequence[Floats]) -> int:
    return int(np.argmax([told.sum() for told in curve]))


class _Booster:
    """Grows trees on lists, one at a time."""

    def __init__(
        self, lists: Lists, names: Sequence[str], seed: int, column: int | None, options: TreeOptions
    ) -> None:
        import lightgbm

        self._pairs, self._owners = pairs_of(lists), lists.owners
        self.can_grow = _can_split(lists.matrix, _least(options, len(lists.grades)))
        self.start = None if column is None else fit_start(lists, self._pairs, column)
        data = lightgbm.Dataset(
            lists.matrix,
            feature_name=list(names),
            init_score=None if self.start is None else self.start.scores(lists.matrix),
        )
        self._booster = lightgbm.Booster(_parameters(options, len(lists.grades), seed), data)

    @property
    def text(self) -> str:
        """The model without its start."""
        return str(self._booster.model_to_string())

    def grow(self) -> None:
        """Grow one more tree."""
        self._booster.update(fobj=self._pull)

    def newest(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return what the newest tree gives the rows of (n, f), (n,)."""
        newest = self._booster.current_iteration() - 1
        told = self._booster.predict(
            matrix, start_iteration=newest, num_iteration=1, raw_score=True, num_threads=1
        )
        return np.asarray(told, np.float64)

    def _pull(self, scores: Floats, _: Any) -> tuple[Floats, Floats]:
        return lambdas(self._pairs, scores, self._owners)


def _check(lists: Lists, options: TreeOptions) -> None:
    grades = [lists.grades[low:high] for low, high in pairwise(lists.starts.tolist())]
    if not any(len(one) and one.min() < one.max() for one in grades):
        raise ValueError(
            "no list holds two rows of different grades: there is nothing to learn an order from"
        )
    if not _can_split(lists.matrix, options.min_rows):
        raise ValueError(
            f"no column tells {options.min_rows} rows from {options.min_rows} others: too few rows"
        )


def _can_split(matrix: npt.NDArray[np.float32], least: int) -> bool:
    """Return whether any column has a bound with so many rows at or below it, and so many above."""
    if len(matrix) < 2 * least:
        return False
    ordered = np.sort(matrix, axis=0)
    return bool((ordered[least - 1] < ordered[-least]).any())


def _least(options: TreeOptions, rows: int) -> int:
    """Return the rows that a leaf holds at least, of so many."""
    return round(min(max(options.min_rows, options.share * rows), options.most_rows))


def _parameters(options: TreeOptions, rows: int, seed: int) -> dict[str, Any]:
    return {
        "objective": "none",
        "num_leaves": options.num_leaves,
        "max_depth": options.max_depth,
        "learning_rate": options.learning_rate,
        "min_data_in_leaf": _least(options, rows),
        "min_sum_hessian_in_leaf": 1e-3,
        "feature_fraction": options.columns,
        "lambda_l2": options.l2,
        "metric": "None",
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
