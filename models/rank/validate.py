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

    from models.rank.lists import Floats, Lists

    # (training lists, tuning lists) → what scores the rows of a matrix
    Fit: TypeAlias = Callable[[Lists, Lists], Callable[[npt.NDArray[np.float32]], Floats]]

FOLDS = 5
SHARES = (0.7, 0.1, 0.2)  # to train on, to stop by, to be held out: in the order of time
TUNING_SHARE = 0.15  # of the lists of a fold's training


@dataclass(frozen=True, slots=True)
class Held:
    """Lists cut by time; the last part is only looked at to report."""

    training: Lists
    tuning: Lists
    later: Lists


def hold_out(lists: Lists) -> Held:
    """Return the lists cut by time: 70 % to train, 10 % to stop by, the last 20 % held out."""
    return Held(*split_by_time(lists, SHARES))


def cross_validated(lists: Lists, fit: Fit, seed: int, folds: int = FOLDS) -> Floats:
    """Return a score for every row, (n,), from a model that was fitted without the row's list."""
    rng = np.random.default_rng(seed)
    fold_of = rng.permutation(len(lists)) % min(folds, max(len(lists), 1))
    scores = np.zeros(len(lists.grades))
    owners = lists.owners
    for fold in range(int(fold_of.max(initial=-1)) + 1):
        rest, held = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        training, tuning = cut(lists.take(rest), rng)
        predict = fit(training, tuning)
        rows = np.isin(owners, held)
        scores[rows] = predict(lists.matrix[rows])
    return scores


def cut(lists: Lists, rng: np.random.Generator) -> tuple[Lists, Lists]:
    """Return the lists in two random parts: to train on, and to stop by."""
    order = rng.permutation(len(lists))
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
