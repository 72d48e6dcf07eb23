"""Pairs of rows that should change places, and the gradients that they pull with (LambdaRank)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.rank.metrics import discounts, ideal_dcg, places_of

if TYPE_CHECKING:
    from models.rank.lists import Floats, Lists, Rows

FIRST = 100  # a pair counts while one of its rows is among the first so many of its list


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows that should change places: `better` (p,) above `worse` (p,), with the pair's gain (p,)."""

    better: Rows
    worse: Rows
    gain: Floats

    def among_first(self, places: Rows, first: int = FIRST) -> Pairs:
        """Return the pairs of which one row or both are among the first of their list; places are from 0."""
        near = places < first
        if near.all():
            return self
        chosen = np.flatnonzero(near[self.better] | near[self.worse])
        return Pairs(self.better[chosen], self.worse[chosen], self.gain[chosen])


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


def changes(pairs: Pairs, places: Rows) -> Floats:
    """Return by how much nDCG of the whole list changes when each pair changes places, (p,)."""
    found = discounts(places, len(places))
    return np.asarray(pairs.gain * np.abs(found[pairs.better] - found[pairs.worse]), np.float64)


def lambdas(pairs: Pairs, scores: Floats, owners: Rows) -> tuple[Floats, Floats]:
    """Return gradient and curvature of each row, (n,) each (Burges 2010, section 6).

    For a pair with s = s_i - s_j: lambda = delta / (1 + e^s), where delta is the change of nDCG when
    the two change places; the curvature is delta * p (1 - p) with p = 1 / (1 + e^s). Pairs far down
    pull nobody: they cost most of the time, and change nothing that anybody sees.
    """
    places = places_of(scores, owners)
    near = pairs.among_first(places)
    delta = changes(near, places)
    wrong = 1.0 / (1.0 + np.exp(np.clip(scores[near.better] - scores[near.worse], -50.0, 50.0)))
    pull, curve = delta * wrong, delta * wrong * (1.0 - wrong)
    size = len(scores)
    gradient = np.bincount(near.worse, pull, size) - np.bincount(near.better, pull, size)
    curvature = np.bincount(near.worse, curve, size) + np.bincount(near.better, curve, size)
    return np.asarray(gradient, np.float64), np.maximum(np.asarray(curvature, np.float64), 1e-9)
