"""Estimates from clicks alone how likely each position is looked at (position-based model, EM)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.rank.lists import Floats, Rows

LEAST_PROPENSITY = 0.05  # below it a weight of 20 would let one click decide
ROUNDS = 100
LOOKS_A_ROUND = 5
TREES = {
    "num_leaves": 15,
    "learning_rate": 0.1,
    "min_data_in_leaf": 50,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class ClickModel:
    """How likely a position is looked at, (k,) with the first at 1, and how many showings that rests on."""

    propensities: Floats
    num_shown: int

    def weights(self, positions: Rows) -> Floats:
        """Return 1 / propensity of positions from 1 on, (n,); those beyond the last count as the last."""
        places = np.clip(positions, 1, len(self.propensities)) - 1
        return 1.0 / np.maximum(self.propensities[places], LEAST_PROPENSITY)

    def to_body(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"propensities": [round(float(p), 6) for p in self.propensities], "shown": self.num_shown}


def estimate(
    clicked: npt.NDArray[np.bool_],
    positions: Rows,
    matrix: npt.NDArray[np.float32],
    num_positions: int,
    seed: int,
) -> ClickModel:
    """Fit P(click | k, x) = theta_k * gamma(x) by regression EM (Wang et al. 2018, algorithm 1).

    `clicked`, `positions` (from 1) are (n,) and `matrix` (n, g) describes what was shown without saying
    where it stood. theta is the chance that a position is looked at, gamma that what stands there is
    wanted; gamma is a boosted regression that grows by one tree a round (a generalised M step), so that
    no item needs to be seen at two positions.
    """
    import lightgbm

    places = np.clip(positions, 1, num_positions) - 1
    if not clicked.any() or clicked.all():
        return ClickModel(np.ones(num_positions), len(clicked))
    looks = _Looks(clicked, places, num_positions)

    def objective(scores: Floats, _: Any) -> tuple[Floats, Floats]:
        gamma = 1.0 / (1.0 + np.exp(-scores))
        wanted = looks.update(gamma)
        return gamma - wanted, np.maximum(gamma * (1.0 - gamma), 1e-6)

    # Trees begin at the odds of a click where everything is looked at.
    first = clicked[places == 0]
    rate = float(np.clip(first.mean() if len(first) else clicked.mean(), 1e-4, 1 - 1e-4))
    start = np.full(len(clicked), np.log(rate / (1.0 - rate)))
    data = lightgbm.Dataset(matrix, clicked.astype(np.float64), init_score=start)
    lightgbm.train({**TREES, "objective": objective, "seed": seed}, data, ROUNDS)
    theta = looks.theta / looks.theta[0]  # clicks tell the product alone: the first place is always seen
    return ClickModel(np.minimum(theta, 1.0), len(clicked))


class _Looks:
    """The chance of each position to be looked at, fitted while the regression grows."""

    def __init__(self, clicked: npt.NDArray[np.bool_], places: Rows, num_positions: int) -> None:
        self._clicked = clicked
        self._places = places
        self._shown = np.maximum(np.bincount(places, minlength=num_positions), 1)
        self.theta = 1.0 / np.sqrt(np.arange(1, num_positions + 1))  # at 1 everywhere EM would stand still

    def update(self, gamma: Floats) -> Floats:
        """Refit theta to this gamma (n,), and return how likely each row was wanted, given its click."""
        for _ in range(LOOKS_A_ROUND):
            theta = self.theta[self._places]
            unseen = np.maximum(1.0 - theta * gamma, 1e-9)
            looked = np.where(self._clicked, 1.0, theta * (1.0 - gamma) / unseen)
            self.theta = np.clip(np.bincount(self._places, looked, len(self._shown)) / self._shown, 1e-4, 1.0)
        theta = self.theta[self._places]
        unseen = np.maximum(1.0 - theta * gamma, 1e-9)
        return np.where(self._clicked, 1.0, (1.0 - theta) * gamma / unseen)
