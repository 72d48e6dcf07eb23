"""Chooses how dense a graph is and how widely it is searched, by how many vectors there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexes.dense.space import SpaceConfig


@dataclass(frozen=True, slots=True)
class GraphShape:
    """Links a node, and search widths while building and while searching (Malkov and Yashunin 2018)."""

    m: int
    ef_construction: int
    ef: int


# (from how many vectors on, the shape): each keeps recall@10 at .98 or more up to the next, measured on
# sentence embeddings of 384 floats by `python -m tests.bench dense`.
STEPS = (
    (0, GraphShape(16, 200, 128)),
    (50_000, GraphShape(16, 200, 192)),
    (300_000, GraphShape(16, 200, 384)),
)


def shape_for(config: SpaceConfig, num_vectors: int) -> GraphShape:
    """Return the shape of a graph of so many vectors, with what the settings fix."""
    grown = [shape for least, shape in STEPS if num_vectors >= least][-1]
    return GraphShape(
        config.m or grown.m,
        config.ef_construction or grown.ef_construction,
        config.ef or grown.ef,
    )
