"""Fits how loud each branch speaks in fusion, so that the fused order never loses to its best branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.rank.metrics import ndcg
from models.rank.validate import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from models.rank.lists import Floats, Lists

WHISPER = 0.002  # weight of the others where one branch alone is best: they only fill up behind it
STEPS = (0.25, 0.5, 0.8, 1.25, 2.0, 4.0)
MOST_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Voices:
    """What b branches say of the n rows of lists: shares in [0, 1], 0 where absent; (b, n)."""

    names: tuple[str, ...]
    shares: Floats
    lists: Lists

    def take(self, chosen: Sequence[int] | npt.NDArray[np.intp]) -> Voices:
        """Return these lists only."""
        starts = self.lists.starts
        parts = [np.arange(starts[one], starts[one + 1]) for one in chosen]
        rows = np.concatenate(parts) if parts else np.empty(0, np.intp)
        return Voices(self.names, self.shares[:, rows], self.lists.take(np.asarray(chosen, np.intp)))

    def score(self, weights: Floats) -> float:
        """Return the mean nDCG@10 of the order by the weighted sum of shares."""
        values = ndcg(self.lists, weights @ self.shares)
        return float(values.mean()) if len(values) else 0.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights (b,) that sum to 1, and what they reach on lists that they were not fitted on.

    `fused`, `equal` and `branches` are mean nDCG@10: of these weights, of equal ones, of each branch alone.
    """

    weights: Floats
    fused: float
    equal: float
    branches: dict[str, float]


def fit_weights(voices: Voices, seed: int) -> Fitted:
    """Return fitted weights, unless equal ones or one branch alone do better on held-out folds.

    Equal weights and single branches are not fitted to anything: what they reach on all lists is fair.
    """
    size = len(voices.names)
    even = np.full(size, 1.0 / size)
    equal = voices.score(even)
    alone = {name: voices.score(_corner(size, place)) for place, name in enumerate(voices.names)}
    best = max(range(size), key=lambda place: alone[voices.names[place]])
    held = float(_held_out(voices, seed).mean())
    reached, weights = max(
        ((held, None), (equal, even), (alone[voices.names[best]], _corner(size, best))),
        key=lambda pair: pair[0],
    )
    return Fitted(ascend(voices) if weights is None else weights, reached, equal, alone)


def ascend(voices: Voices) -> Floats:
    """Return weights by coordinate ascent (Metzler and Croft 2007) from equal ones and each branch alone."""
    size = len(voices.names)
    starts = [np.full(size, 1.0 / size), *(_corner(size, place) for place in range(size))]
    climbed = [_climb(voices.score, start) for start in starts]
    return max(climbed, key=lambda pair: pair[0])[1]


def _climb(measure: Callable[[Floats], float], weights: Floats) -> tuple[float, Floats]:
    """Multiply one weight at a time as long as the measure grows."""
    reached = measure(weights)
    for _ in range(MOST_ROUNDS):
        before = reached
        for place in range(len(weights)):
            for step in STEPS:
                tried = weights.copy()
                tried[place] = max(tried[place] * step, WHISPER)
                tried /= tried.sum()
                told = measure(tried)
                if told > reached + 1e-9:
                    reached, weights = told, tried
        if reached <= before:
            break
    return reached, weights


def _held_out(voices: Voices, seed: int) -> Floats:
    """Return nDCG@10 of each judged list by weights fitted without it."""
    values = []
    for others, fold in folded(len(voices.lists), seed):
        rest, held = voices.take(others), voices.take(fold)
        values.append(ndcg(held.lists, ascend(rest) @ held.shares))
    return np.concatenate(values)


def _corner(size: int, place: int) -> Floats:
    weights = np.full(size, WHISPER)
    weights[place] = 1.0
    return np.asarray(weights / weights.sum(), np.float64)


def platt(scores: Floats, wanted: Floats, steps: int = 50) -> tuple[float, float]:
    """Return (a, b) with sigmoid(a s + b) the chance that a score is of something wanted; a is above 0.

    Fitted by Newton's method to targets in [0, 1] (Platt 1999). A branch whose scores tell nothing gets
    a slope that only keeps its order.
    """
    spread = float(scores.std()) if len(scores) else 0.0
    if spread == 0:
        return 1.0, 0.0
    centre = float(scores.mean())
    x, y = (scores - centre) / spread, np.clip(wanted, 0.0, 1.0)
    a, b = 0.0, 0.0
    for _ in range(steps):
        p = 1.0 / (1.0 + np.exp(-(a * x + b)))
        w = np.maximum(p * (1.0 - p), 1e-6)
        gradient = np.array([((p - y) * x).sum() + 1e-3 * a, (p - y).sum()])
        hessian = np.array([[(w * x * x).sum() + 1e-3, (w * x).sum()], [(w * x).sum(), w.sum()]])
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        a, b = a - float(np.clip(step[0], -1, 1)), b - float(np.clip(step[1], -1, 1))
    a = max(a, 1e-2)
    return a / spread, b - a * centre / spread
