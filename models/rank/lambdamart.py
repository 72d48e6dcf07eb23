"""Reads and evaluates a LambdaMART model: a start, and boosted trees on top of it (Burges 2010)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.rank.attribution import read_trees
from models.rank.trees import plant

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.rank.lists import Floats
    from models.rank.start import Start


class LambdaMart:
    """A trained model. `predict` uses one thread, so that rankings beside each other stay predictable."""

    def __init__(self, text: str, start: Start | None = None) -> None:
        import lightgbm

        try:
            self._booster = lightgbm.Booster(model_str=text)
        except lightgbm.basic.LightGBMError as error:
            raise ValueError(f"this is no text of a tree model: {error}") from error
        self.num_features = int(self._booster.num_feature())
        self._start = start
        if start is not None and not 0 <= start.column < self.num_features:
            raise ValueError(f"the start looks at column {start.column} of {self.num_features}")
        dumped = self._booster.dump_model()
        self._attribution = read_trees(dumped, self.num_features)
        self._forest = plant(dumped)

    def predict(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return the score of each row of (n, f), higher is better."""
        if not len(matrix):
            return np.empty(0)
        told = self._grown(matrix)
        return told if self._start is None else told + self._start.scores(matrix)

    def _grown(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return what the trees give each row, (n,), to the bit what lightgbm says.

        Trees too large for tables, and rows that are not finite, are left to lightgbm itself.
        """
        if self._forest is not None and np.isfinite(matrix).all():
            return self._forest.predict(matrix)
        told = self._booster.predict(matrix, raw_score=True, num_threads=1)
        return np.asarray(told, np.float64)

    def contributions(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return (n, f + 1): each feature's Shapley value and, last, what the model says of nothing.

        A row sums to its score (TreeSHAP, Lundberg et al. 2018). What the start gives is linear: its Shapley
        value is slope * (x - mean).
        """
        if not len(matrix):
            return np.empty((0, self.num_features + 1))
        if self._attribution is not None:
            told = self._attribution.contributions(matrix)
        else:
            walked = self._booster.predict(matrix, pred_contrib=True, num_threads=1)
            told = np.asarray(walked, np.float64)
        if self._start is not None:
            nothing = self._start.slope * self._start.mean
            told[:, self._start.column] += self._start.scores(matrix) - nothing
            told[:, -1] += nothing
        return told
