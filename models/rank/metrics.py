"""Measures orders: nDCG of each list, and the interval of a mean or of a difference by bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.rank.lists import Floats, Lists, Rows

DEPTH = 10
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over lists with the bounds between which 95 % of resampled means lie."""

    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """True when all of it lies on one side of zero."""
        return self.low > 0 or self.high < 0

    def to_body(self) -> dict[str, float]:
        """Return it as JSON values."""
        return {"mean": self.mean, "low": self.low, "high": self.high}


def places_of(scores: Floats, owners: Rows) -> Rows:
    """Return each row's place in its list by score, from 0, (n,); ties keep the rows' order."""
    order = np.lexsort((-scores, owners))
    firsts = np.searchsorted(owners[order], owners[order], side="left")
    places = np.empty(len(scores), np.intp)
    places[order] = np.arange(len(scores)) - firsts
    return places


def gains_of(lists: Lists) -> Floats:
    """Return weight * (2^grade - 1) of each row, (n,): unbiased when weights are inverse propensities."""
    return lists.weights * (np.exp2(lists.grades) - 1.0)


def discounts(places: Rows, depth: int = DEPTH) -> Floats:
    """Return 1 / log2(place + 2) for places above `depth`, else 0 (Jarvelin and Kekalainen 2002)."""
    return np.asarray(np.where(places < depth, 1.0 / np.log2(places + 2.0), 0.0), np.float64)


def ideal_dcg(lists: Lists, depth: int = DEPTH) -> Floats:
    """Return the highest DCG that each list allows, (q,); 0 where nothing in it has a grade."""
    owners, gains = lists.owners, gains_of(lists)
    best = gains * discounts(places_of(gains, owners), depth)
    return np.asarray(np.bincount(owners, best, len(lists)), np.float64)


def ndcg(lists: Lists, scores: Floats, depth: int = DEPTH) -> Floats:
    """Return nDCG at `depth` of every list that holds a grade when it is ordered by `scores` (n,)."""
    owners, ideal = lists.owners, ideal_dcg(lists, depth)
    reached = np.bincount(owners, gains_of(lists) * discounts(places_of(scores, owners), depth), len(lists))
    judged = ideal > 0
    return reached[judged] / ideal[judged]


def weighted_ndcg(lists: Lists, scores: Floats, depth: int = DEPTH) -> float:
    """Return nDCG at `depth` over all lists, each row counting by its weight; 0 where nothing has a grade.

    With inverse propensities this is the self-normalised estimate (Swaminathan and Joachims 2015) of what
    nDCG were if every position was looked at. In the mean of `ndcg` the weight of a list's only click
    cancels. With weights of 1 both are the same.
    """
    reached, best = weighted_dcg(lists, scores, depth)
    return float(reached.sum() / best.sum()) if best.any() else 0.0


def weighted_dcg(lists: Lists, scores: Floats, depth: int = DEPTH) -> tuple[Floats, Floats]:
    """Return what each list gives to `weighted_ndcg` and the most it could, (q,) each: sums are divided.

    Of each list the sum over rows of w * gain * discount / maxDCG, maxDCG being of its grades alone.
    """
    owners, size = lists.owners, len(lists)
    plain = ideal_dcg(lists.with_weights(np.ones(len(lists.grades))), depth)
    scale = np.divide(1.0, plain, out=np.zeros_like(plain), where=plain > 0)[owners]
    gains = gains_of(lists) * scale
    best = np.bincount(owners, gains * discounts(places_of(gains, owners), depth), size)
    reached = np.bincount(owners, gains * discounts(places_of(scores, owners), depth), size)
    return np.asarray(reached, np.float64), np.asarray(best, np.float64)


def interval(values: Floats, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return the mean of `values` with its percentile bootstrap interval (Efron 1979)."""
    if not len(values):
        return Interval(0.0, 0.0, 0.0)
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(resamples)]
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(values.mean()), float(low), float(high))


def spearman(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> float:
    """Return the rank correlation of two scorings of the same rows, (n,) each; equal scores share a rank.

    It is that of the ranks (Spearman 1904; Kendall 1945 for ties). Where nothing tells the rows of one
    scoring apart it is 1 when the other does not either, and 0 otherwise; so it is 1 for one row or none.
    """
    first, second = (_shared(scores) for scores in (one, other))
    scale = float(np.sqrt((first @ first) * (second @ second)))
    if scale > 0:
        return float(first @ second) / scale
    return 1.0 if not (first.any() or second.any()) else 0.0


def _shared(scores: npt.NDArray[np.floating]) -> Floats:
    """Return the ranks, centred, of scores as they are kept: to float32's precision."""
    if not len(scores):
        return np.zeros(0)
    _, places, counts = np.unique(np.asarray(scores, np.float32), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[places]
    return np.asarray(ranks - ranks.mean(), np.float64)
