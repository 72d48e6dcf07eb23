"""Holds an exposure: one answer as it was shown, with every number that ordered it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.rankers import RankerReport


def no_ranks() -> npt.NDArray[np.int32]:
    """Return the ranks of nothing."""
    return np.empty((0, 0), np.int32)


def no_numbers() -> npt.NDArray[np.float32]:
    """Return the numbers of nothing."""
    return np.empty((0, 0), np.float32)


def no_scores() -> npt.NDArray[np.float32]:
    """Return the scores of nothing."""
    return np.empty(0, np.float32)


def no_ends() -> npt.NDArray[np.float32]:
    """Return the ends of no scales."""
    return np.empty((0, 2), np.float32)


@dataclass(frozen=True, slots=True)
class Exposure:
    """One page of n hits: who asked what at which moment, what stood where, and why.

    `offset` is how many hits stood before the first of `items`. `arms` are experiment arms by name,
    `teams` whose pick each hit was where two rankings drafted the list. ranks (b, n) count from 1, 0 is
    absent; branch_scores and contributions (b, n); `ends` (b, 2) are the floor and the ceiling of each
    branch's scale in this answer, none where they were not written down; fused and scores (n,) are the fused
    score and the one shown; features (n, f) float32 are the very values that serving saw under the list
    `feature_version`.
    `shadows` are scores (n,) of rankers that watched, by `name@version`.
    """

    request_id: str
    at: float
    query: str
    items: tuple[str, ...]
    offset: int = 0
    total: int = 0
    took_ms: float = 0.0
    user: str | None = None
    session: str | None = None
    device: str | None = None
    corrected: bool = False
    fusion: str = ""
    ranker: RankerReport | None = None
    arms: Mapping[str, str] = field(default_factory=dict)
    teams: tuple[int, ...] = ()
    branches: tuple[str, ...] = ()
    ranks: npt.NDArray[np.int32] = field(default_factory=no_ranks)
    branch_scores: npt.NDArray[np.float32] = field(default_factory=no_numbers)
    contributions: npt.NDArray[np.float32] = field(default_factory=no_numbers)
    fused: npt.NDArray[np.float32] = field(default_factory=no_scores)
    scores: npt.NDArray[np.float32] = field(default_factory=no_scores)
    ends: npt.NDArray[np.float32] = field(default_factory=no_ends)
    feature_version: str = ""
    features: npt.NDArray[np.float32] = field(default_factory=no_numbers)
    shadows: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)
