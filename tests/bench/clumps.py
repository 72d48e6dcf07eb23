"""Makes any number of vectors that lie as a collection's own do: mixtures of real ones, with noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CHUNK = 50_000  # made at once, each from a seed of its own: a smaller set is the beginning of a larger
NOISE = 0.4  # length of the noise beside vectors of unit length


def mixtures(real: npt.NDArray[np.float32], num: int, seed: int) -> npt.NDArray[np.float32]:
    """Return (num, d) float32 rows of unit length around mixtures of two rows of `real`, (n, d), each."""
    made = np.empty((num, real.shape[1]), np.float32)
    for place, start in enumerate(range(0, num, CHUNK)):
        rng = np.random.default_rng([seed, place])
        first, second = real[rng.integers(0, len(real), CHUNK)], real[rng.integers(0, len(real), CHUNK)]
        share = rng.uniform(0.5, 1.0, (CHUNK, 1)).astype(np.float32)
        rows = share * first + (1 - share) * second
        rows += NOISE / np.sqrt(real.shape[1]) * rng.standard_normal(rows.shape, dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        made[start : start + CHUNK] = rows[: num - start]
    return made
