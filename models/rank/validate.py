"""Validates rankers on lists they were not trained on: later ones, or each fold by models of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from models.rank.lists import split_by_time
from models.rank.metrics import Interval, interval, ndcg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from models.rank.lists import Floats, Lists, Rows

    # lists → what scores the rows of a matrix
    Fit: TypeAlias = Callable[[Lists], Callable[[npt.NDArray[np.float32]], Floats]]

FOLDS = 5
SHARES = (0.8, 0.2)  # to train on, to be held out: in the order of time
TUNING_SHARE = 0.15  # of the lists that are trained on, where a model stops by some of them


@dataclass(frozen=True, slots=True)
class Held:
    """Lists cut by time; the last part is only looked at to report."""

    training: Lists
    later: Lists


def hold_out(lists: Lists) -> Held:
    """Return the lists cut by time: 80 % to train on, the last 20 % held out."""
    return Held(*split_by_time(lists, SHARES))


def folded(num: int, seed: int, folds: int = FOLDS) -> list[tuple[Rows, Rows]]:
    """Return the places of so many lists as folds drawn by the seed: all but the fold, and the fold."""
    fold_of = np.random.default_rng(seed).permutation(num) % min(folds, max(num, 1))
    told = range(int(fold_of.max(initial=-1)) + 1)
    return [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in told]


def cross_validated(lists: Lists, fit: Fit, seed: int, folds: int = FOLDS) -> Floats:
    """Return a score for every row, (n,), from a model that was fitted without the row's list."""
    scores, owners = np.zeros(len(lists.grades)), lists.owners
    for rest, held in folded(len(lists), seed, folds):
        predict = fit(lists.take(rest))
        rows = np.isin(owners, held)
        scores[rows] = predict(lists.matrix[rows])
    return scores


def cut(lists: Lists, seed: int) -> tuple[Lists, Lists]:
    """Return the lists in two parts drawn by the seed: to train on, and to stop by."""
    order = np.random.default_rng(seed).permutation(len(lists))
    bound = round(len(order) * (1.0 - TUNING_SHARE))
    return lists.take(np.sort(order[:bound])), lists.take(np.sort(order[bound:]))


def compare(lists: Lists, orders: Mapping[str, Floats], ours: str, seed: int) -> dict[str, dict[str, float]]:
    """Return nDCG@10 of each order with its interval, and of `ours` less each of the others.

    Differences are paired: each list is compared with itself.
    """
    values = {name: ndcg(lists, scores) for name, scores in orders.items()}
    told = {f"ndcg10_{name}": interval(value, seed).to_body() for name, value in values.items()}
    for name, value in values.items():
        if name != ours:
            told[f"gain_over_{name}"] = difference(values[ours], value, seed).to_body()
    return told


def difference(ours: Floats, theirs: Floats, seed: int) -> Interval:
    """Return the mean of paired differences with its interval."""
    return interval(ours - theirs, seed)
