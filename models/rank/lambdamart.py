"""LambdaMART: boosted trees whose gradients are changes of nDCG (Burges 2010); models are plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.rank.attribution import read_trees
from models.rank.metrics import DEPTH, discounts, ideal_dcg, places_of, weighted_ndcg
from models.rank.trees import plant

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from models.rank.lists import Floats, Lists, Rows

HOLDS_STILL = 30  # rounds without a better tuning score after which boosting ends


@dataclass(frozen=True, slots=True)
class TreeOptions:
    """How the trees grow; few leaves and a depth keep prediction and attribution quick."""

    num_trees: int = 100
    num_leaves: int = 15
    max_depth: int = 5
    learning_rate: float = 0.1
    min_rows: int = 20
    columns: float = 0.8
    l2: float = 1.0


class LambdaMart:
    """A trained model. `predict` uses one thread, so that rankings beside each other stay predictable."""

    def __init__(self, text: str) -> None:
        import lightgbm

        try:
            self._booster = lightgbm.Booster(model_str=text)
        except lightgbm.basic.LightGBMError as error:
            raise ValueError(f"this is no text of a tree model: {error}") from error
        self.num_features = int(self._booster.num_feature())
        dumped = self._booster.dump_model()
        self._attribution = read_trees(dumped, self.num_features)
        self._forest = plant(dumped)

    def predict(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return the score of each row of (n, f), higher is better; to the bit what lightgbm says.

        Trees too large for tables, and rows that are not finite, are left to lightgbm itself.
        """
        if not len(matrix):
            return np.empty(0)
        if self._forest is not None and np.isfinite(matrix).all():
            return self._forest.predict(matrix)
        told = self._booster.predict(matrix, raw_score=True, num_threads=1)
        return np.asarray(told, np.float64)

    def contributions(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return (n, f + 1): each feature's Shapley value and, last, what the model says of nothing.

        A row sums to its score (TreeSHAP, Lundberg et al. 2018).
        """
        if not len(matrix):
            return np.empty((0, self.num_features + 1))
        if self._attribution is not None:
            return self._attribution.contributions(matrix)
        told = self._booster.predict(matrix, pred_contrib=True, num_threads=1)
        return np.asarray(told, np.float64)

    def importance(self) -> Floats:
        """Return each feature's total gain, (f,), as shares of all gain."""
        gains = np.asarray(self._booster.feature_importance("gain"), np.float64)
        return gains / (gains.sum() or 1.0)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows that should change places: `better` (p,) above `worse` (p,), with the pair's gain (p,)."""

    better: Rows
    worse: Rows
    gain: Floats


def pairs_of(lists: Lists) -> Pairs:
    """Return every pair of one list with different grades.

    The gain is w_i |2^g_i - 2^g_j| / maxDCG, where w_i is the weight of the better row: with inverse
    propensities the sum over pairs is unbiased (Joachims, Swaminathan and Schnabel 2017; Hu et al. 2019).
    maxDCG is of the weighted gains, so that no list with a rare click outweighs many: within a list weights
    decide, between lists they cancel. Without that, scores reach less from clicks (their variance is higher).
    """
    owners, ideal = lists.owners, ideal_dcg(lists)
    graded = np.flatnonzero(lists.grades > 0)
    starts, ends = lists.starts[owners[graded]], lists.starts[owners[graded] + 1]
    better = np.repeat(graded, ends - starts)
    offsets = np.arange(len(better)) - np.repeat(np.cumsum(ends - starts) - (ends - starts), ends - starts)
    worse = np.repeat(starts, ends - starts) + offsets
    lower = lists.grades[worse] < lists.grades[better]
    better, worse = better[lower], worse[lower]
    steps = np.exp2(lists.grades[better]) - np.exp2(lists.grades[worse])
    return Pairs(better, worse, lists.weights[better] * steps / ideal[owners[better]])


def lambdas(pairs: Pairs, scores: Floats, owners: Rows) -> tuple[Floats, Floats]:
    """Return gradient and curvature of each row, (n,) each (Burges 2010, section 6).

    For a pair with s = s_i - s_j: lambda = delta / (1 + e^s), where delta is the change of nDCG when
    the two change places; the curvature is delta * p (1 - p) with p = 1 / (1 + e^s).
    """
    depth_free = int(np.bincount(owners).max(initial=1))
    found = discounts(places_of(scores, owners), depth_free)
    delta = pairs.gain * np.abs(found[pairs.better] - found[pairs.worse])
    wrong = 1.0 / (1.0 + np.exp(np.clip(scores[pairs.better] - scores[pairs.worse], -50.0, 50.0)))
    pull, curve = delta * wrong, delta * wrong * (1.0 - wrong)
    size = len(scores)
    gradient = np.bincount(pairs.worse, pull, size) - np.bincount(pairs.better, pull, size)
    curvature = np.bincount(pairs.worse, curve, size) + np.bincount(pairs.better, curve, size)
    return np.asarray(gradient, np.float64), np.maximum(np.asarray(curvature, np.float64), 1e-9)


def train_trees(
    lists: Lists, tuning: Lists, names: list[str], seed: int, options: TreeOptions | None = None
) -> str:
    """Return the text of a model boosted on `lists`, cut where weighted nDCG on `tuning` was highest.

    Raises ValueError when no list holds rows of different grades, and when there are too few rows to split.
    """
    import lightgbm

    chosen = options or TreeOptions()
    pairs, owners = pairs_of(lists), lists.owners
    if not len(pairs.better):
        raise ValueError(
            "no list holds two rows of different grades: there is nothing to learn an order from"
        )

    def objective(scores: Floats, _: Any) -> tuple[Floats, Floats]:
        return lambdas(pairs, scores, owners)

    data = lightgbm.Dataset(lists.matrix, feature_name=names, free_raw_data=False)
    if not _can_split(lists.matrix, chosen.min_rows):
        raise ValueError(
            f"no column tells {chosen.min_rows} rows from {chosen.min_rows} others: too few rows"
        )
    rounds = lightgbm.train(
        _parameters(chosen, objective, seed),
        data,
        chosen.num_trees,
        valid_sets=[lightgbm.Dataset(tuning.matrix, reference=data)] if len(tuning) else None,
        feval=_measure(tuning) if len(tuning) else None,
        callbacks=[lightgbm.early_stopping(HOLDS_STILL, verbose=False)] if len(tuning) else None,
    )
    return str(rounds.model_to_string(num_iteration=rounds.best_iteration or None))


def _can_split(matrix: npt.NDArray[np.float32], least: int) -> bool:
    """Return whether any column has a bound with so many rows at or below it, and so many above."""
    if len(matrix) < 2 * least:
        return False
    ordered = np.sort(matrix, axis=0)
    return bool((ordered[least - 1] < ordered[-least]).any())


def _parameters(
    chosen: TreeOptions, objective: Callable[[Floats, Any], tuple[Floats, Floats]], seed: int
) -> dict[str, Any]:
    return {
        "objective": objective,
        "num_leaves": chosen.num_leaves,
        "max_depth": chosen.max_depth,
        "learning_rate": chosen.learning_rate,
        "min_data_in_leaf": chosen.min_rows,
        "min_sum_hessian_in_leaf": 1e-3,
        "feature_fraction": chosen.columns,
        "lambda_l2": chosen.l2,
        "metric": "None",
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }


def _measure(tuning: Lists) -> Callable[[Floats, Any], tuple[str, float, bool]]:
    def measure(scores: Floats, _: Any) -> tuple[str, float, bool]:
        return "ndcg", weighted_ndcg(tuning, scores, DEPTH), True

    return measure
