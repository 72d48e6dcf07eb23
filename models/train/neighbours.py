"""Which pictures a training row is shown: some of those whose names lie nearest its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest other sources of each, by the cosine of their names' vectors.

    near: (N, K) sources, nearest first. cosines: (N, K).
    """

    near: np.ndarray
    cosines: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray, count: int, seed: int) -> Neighbours:
        """Find the `count` nearest of every row of unit vectors (N, D) but itself; equals in random order."""
        random = np.random.default_rng([seed, 13])
        near = np.zeros((len(vectors), count), dtype=np.int64)
        cosines = np.zeros((len(vectors), count), dtype=np.float32)
        for start in range(0, len(vectors), 512):
            part = vectors[start : start + 512] @ vectors.T  # (512, N)
            rows = np.arange(len(part))
            part[rows, start + rows] = -np.inf
            shaken = part + random.random(part.shape, dtype=np.float32) * 1e-3
            found = np.argpartition(-shaken, count, axis=1)[:, :count]
            order = np.argsort(-np.take_along_axis(shaken, found, axis=1), axis=1)
            near[start : start + 512] = found = np.take_along_axis(found, order, axis=1)
            cosines[start : start + 512] = np.take_along_axis(part, found, axis=1)
        return cls(near, cosines)

    def pick(self, sources: np.ndarray, count: int, least: float, random: np.random.Generator) -> np.ndarray:
        """Return up to `count` neighbours of each source (B, count), -1 where none is as near as `least`."""
        order = random.permuted(np.tile(np.arange(self.near.shape[1]), (len(sources), 1)), axis=1)
        chosen = np.sort(order[:, :count], axis=1)  # nearest first, as they are shown
        near = np.take_along_axis(self.near[sources], chosen, axis=1)
        is_near = np.take_along_axis(self.cosines[sources], chosen, axis=1) >= least
        return np.where(is_near, near, -1)
