"""Judges an interleaving: whose picks were clicked on, search by search and unit by unit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr, betaincinv, betaln

from app.experiments.comparing import ALPHA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.experiments.comparing import Interval

MIXTURE = 10.0  # the beta mixture's weight: its prior knows as much as twenty decided searches
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Preference:
    """How the second arm fared against the first.

    A search is won by the arm with more of its picks clicked on. `share` is the second arm's share of
    the decided searches, `interval` its Clopper-Pearson interval, `p_value` the sign test over units
    (a unit's searches count as one vote), `always_p_value` valid at every look.
    """

    num_wins: int
    num_losses: int
    num_ties: int
    share: float | None
    interval: Interval
    p_value: float
    always_p_value: float


def judge(credits_by_unit: Sequence[Sequence[tuple[int, int]]], alpha: float = ALPHA) -> Preference:
    """Return the verdict on units' searches, each (clicks on the first's picks, on the second's)."""
    margins = [np.array([b - a for a, b in searches], np.int64) for searches in credits_by_unit]
    signs = np.sign(np.concatenate([*margins, np.empty(0, np.int64)]))
    wins, losses = int((signs > 0).sum()), int((signs < 0).sum())
    votes = [int(np.sign(np.sign(unit).sum())) for unit in margins]
    decided = wins + losses
    return Preference(
        wins,
        losses,
        len(signs) - decided,
        wins / decided if decided else None,
        clopper_pearson(wins, decided, alpha),
        sign_test(sum(vote > 0 for vote in votes), sum(vote < 0 for vote in votes)),
        always_sign_p(wins, losses),
    )


def sign_test(wins: int, losses: int) -> float:
    """Return the exact two-sided binomial p of as uneven a split, when each side is as likely."""
    decided = wins + losses
    if not decided:
        return 1.0
    return min(1.0, 2 * float(bdtr(min(wins, losses), decided, HALF)))


def always_sign_p(wins: int, losses: int) -> float:
    """Return a p that may be looked at after every search: one over a beta mixture's likelihood ratio.

    Lambda = B(a + wins, a + losses) / B(a, a) * 2^(wins + losses), a martingale under fair coins
    (Robbins 1970), which team drafting throws whatever the searches are like.
    """
    log_ratio = float(betaln(MIXTURE + wins, MIXTURE + losses)) - float(betaln(MIXTURE, MIXTURE))
    log_ratio += (wins + losses) * math.log(2)
    return math.exp(-max(log_ratio, 0.0))


def clopper_pearson(wins: int, decided: int, alpha: float = ALPHA) -> Interval:
    """Return the exact interval of a share (Clopper and Pearson 1934); (0, 1) when nothing was decided."""
    low = 0.0 if wins == 0 else float(betaincinv(wins, decided - wins + 1, alpha / 2))
    high = 1.0 if wins == decided else float(betaincinv(wins + 1, decided - wins, 1 - alpha / 2))
    return low, high
