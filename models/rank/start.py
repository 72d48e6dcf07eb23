"""Lets boosting begin at an order that is there already: one column, times what fits it best."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.rank.metrics import places_of
from models.rank.pairs import changes

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.rank.lists import Floats, Lists
    from models.rank.pairs import Pairs

FORMAT_VERSION = 1
OLDEST_READABLE_VERSION = 1
MOST_STEPS = 50
STEEPEST = 20.0  # slope for a column of deviation 1: beyond it the order is all there is
RIDGE = 1e-4  # keeps the slope finite where the column orders everything right


@dataclass(frozen=True, slots=True)
class Start:
    """The score before any tree: slope * x of one column x, whose mean was `mean` in training."""

    column: int
    slope: float
    mean: float

    def scores(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return the start of each row of (n, f), (n,)."""
        return self.slope * matrix[:, self.column].astype(np.float64)

    def to_bytes(self) -> bytes:
        """Return the file that holds it."""
        return (json.dumps({"format": FORMAT_VERSION, **asdict(self)}, sort_keys=True) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Start:
        """Read what `to_bytes` wrote. Raises ValueError for anything else."""
        body: dict[str, Any] = json.loads(content)
        version = body.pop("format", None)
        if version is None or not OLDEST_READABLE_VERSION <= version <= FORMAT_VERSION:
            raise ValueError(f"a start of format {version} is not read by this build")
        try:
            return cls(int(body["column"]), float(body["slope"]), float(body["mean"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"this is no start of a ranker: {error!r}") from error


def fit_start(lists: Lists, pairs: Pairs, column: int) -> Start:
    """Return the start whose pairwise loss is lowest: that of LambdaRank along one ray.

    The loss is sum_p delta_p log(1 + exp(-a d_p)), d_p being by how much the better row of a pair has
    more of the column. The order by a x is the same for every a above 0, and with it each delta (Burges
    2010, section 6), so that the loss is convex in a. A column that orders worse than chance gets 0.
    """
    x = lists.matrix[:, column].astype(np.float64)
    mean, spread = float(x.mean()), float(x.std())
    if spread == 0 or not len(pairs.better):
        return Start(column, 0.0, mean)
    places = places_of(x, lists.owners)
    near = pairs.among_first(places)
    weight = changes(near, places)
    steps = (x[near.better] - x[near.worse]) / spread
    weight = weight / (weight.sum() or 1.0)
    a = 0.0
    for _ in range(MOST_STEPS):
        wrong = 1.0 / (1.0 + np.exp(np.clip(a * steps, -50.0, 50.0)))
        gradient = RIDGE * a - float(weight @ (steps * wrong))
        curvature = RIDGE + float(weight @ (steps * steps * wrong * (1.0 - wrong)))
        moved = float(np.clip(a - gradient / curvature, 0.0, min(2.0 * a + 1.0, STEEPEST)))
        if abs(moved - a) < 1e-9:
            break
        a = moved
    return Start(column, a / spread, mean)
