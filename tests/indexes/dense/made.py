"""Makes vectors that lie in clumps, as embeddings do, and spaces of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from indexes.dense.served import ServedSpace
from indexes.dense.space import SpaceConfig

if TYPE_CHECKING:
    from pathlib import Path

DIM = 16


def vectors(num: int, seed: int = 0, dim: int = DIM) -> npt.NDArray[np.float32]:
    """Return (num, dim) vectors around thirty centres."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(30, dim))
    return (centres[rng.integers(0, 30, num)] + 0.6 * rng.normal(size=(num, dim))).astype(np.float32)


def config_of(
    metric: Literal["cosine", "ip", "l2"] = "cosine", graph_from: int = 300, fold_from: int = 100
) -> SpaceConfig:
    """Return settings with which a small space has a graph."""
    return SpaceConfig(DIM, metric, ef_construction=80, ef=64, graph_from=graph_from, fold_from=fold_from)


def space_of(scratch: Path, config: SpaceConfig | None = None, num: int = 0) -> ServedSpace:
    """Return a space that folds at once, of the first `num` vectors."""
    space = ServedSpace(config or config_of(), scratch / "graph.tmp", lambda fold: fold())
    if num:
        space.put(range(num), vectors(num))
    return space
