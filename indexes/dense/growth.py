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


# (from how many vectors on, the shape), so that recall@10 is .98 or more at the default ef, as
# `python -m tests.bench dense` measures it on sentence embeddings of 384 floats. Queries in words lie apart
# from titles and need more of a graph than items do; where building is quick it has twice the links, beyond
# that the search is wider instead.
STEPS = (
    (0, GraphShape(32, 400, 224)),
    (50_000, GraphShape(16, 200, 384)),
    (300_000, GraphShape(16, 200, 512)),
)
# Along axes (`indexes.dense.axes`) a small graph does with less: recall@10 .985, with 32 links .984.
ALONG_AXES = GraphShape(24, 400, 192)


def shape_for(config: SpaceConfig, num_vectors: int, *, along_axes: bool = False) -> GraphShape:
    """Return the shape of a graph of so many vectors, with what the settings fix."""
    grown = [shape for least, shape in STEPS if num_vectors >= least][-1]
    is_small = grown is STEPS[0][1]
    small_ef = config.small_ef if is_small else None
    grown = ALONG_AXES if is_small and along_axes else grown
    return GraphShape(
        config.m or grown.m,
        config.ef_construction or grown.ef_construction,
        config.ef or small_ef or grown.ef,
    )
