"""Reorders a list so that neighbours differ (maximal marginal relevance), and caps its categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import numpy.typing as npt

    from app.ranking.lists import Flags, Scores

    Places = npt.NDArray[np.intp]


def marginal(scores: Scores, likeness: npt.NDArray[np.float32], novelty: float) -> Places:
    """Return the places of a list, (n,), by maximal marginal relevance (Carbonell and Goldstein 1998).

    The next is always the one with the largest (1 - novelty) * score - novelty * its largest likeness to what
    stands before it, scores taken from 0 to 1; among equals the one that stood first. likeness is (n, n).
    """
    num, span = len(scores), float(np.ptp(scores)) if len(scores) else 0.0
    height = (scores - scores.min()) / span if span > 0 else np.ones(num)
    closest = np.zeros(num)
    left = np.ones(num, np.bool_)
    order = np.empty(num, np.intp)
    for place in range(num):
        worth = np.where(left, (1 - novelty) * height - novelty * closest, -np.inf)
        best = int(worth.argmax())
        order[place], left[best] = best, False
        closest = np.maximum(closest, likeness[best])
    return order


def within_caps(kinds: Sequence[Hashable | None], most: int) -> Flags:
    """Return which places stay, (n,), when of each kind the first `most` do; None has no cap."""
    counts: dict[Hashable, int] = {}
    stays = np.ones(len(kinds), np.bool_)
    for place, kind in enumerate(kinds):
        if kind is not None:
            counts[kind] = counts.get(kind, 0) + 1
            stays[place] = counts[kind] <= most
    return stays
