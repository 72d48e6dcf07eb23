"""A share of trials with the interval that it is known to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Z = 1.959964  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """Successes among trials, with the 95 % interval of Wilson 1927."""

    value: float
    low: float
    high: float
    trials: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def share_of(right: np.ndarray) -> Share:
    """Return the share of True among trials (N,). Raises ValueError for none."""
    trials = len(right)
    if not trials:
        raise ValueError("no trials, no share")
    p = float(right.mean())
    wide = 1.0 + Z * Z / trials
    middle = (p + Z * Z / (2 * trials)) / wide
    half = Z * math.sqrt(p * (1 - p) / trials + Z * Z / (4 * trials * trials)) / wide
    return Share(p, max(0.0, middle - half), min(1.0, middle + half), trials)
