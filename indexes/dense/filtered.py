"""Chooses by selectivity between the graph and a scan, and searches so that nothing is missing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes.dense.exact import near, ranked, scan
from indexes.ranked import allowed, nothing

if TYPE_CHECKING:
    from indexes.dense.hnsw import Graph
    from indexes.dense.rows import Rows
    from indexes.dense.space import SpaceConfig
    from indexes.types import Mask, Matches

# Scanning a row costs about an eighth of what one more step of search width costs in the graph
# (384 floats, one core), so a graph search pays from this many survivors a step.
ROWS_A_STEP = 8
RESERVE = 1.2  # width beyond the expected need, for survivors that are rarer near the query


def width_for(k: int, num_survivors: int, num_slots: int, ef: int) -> int:
    """Return how many of the graph's slots to fetch so that k survivors are expected among them."""
    return max(ef, math.ceil(k * RESERVE * num_slots / max(num_survivors, 1)))


def search(
    rows: Rows,
    graph: Graph | None,
    query: npt.NDArray[np.float32],
    k: int,
    mask: Mask | None,
    config: SpaceConfig,
) -> Matches:
    """Return min(k, survivors) matches: a subset of the mask, never short.

    `graph` covers the first len(graph) slots; those after it are scanned.
    """
    if k <= 0 or rows.num_alive == 0:
        return nothing()
    num_slots = len(rows.owners)
    survivors = rows.num_alive if mask is None else len(rows.survivors(mask))
    width = width_for(k, survivors, num_slots, config.ef)
    wanted = min(k, survivors)
    while graph is not None and survivors > ROWS_A_STEP * width:
        matches = _by_graph(rows, graph, query, k, width, mask, config)
        if matches is not None and len(matches.ordinals) >= wanted:
            return matches
        width *= 4
    return scan(rows, query, k, mask, config)


def _by_graph(
    rows: Rows,
    graph: Graph,
    query: npt.NDArray[np.float32],
    k: int,
    width: int,
    mask: Mask | None,
    config: SpaceConfig,
) -> Matches | None:
    met = graph.search(query, width)
    if met is None:
        return None
    tail = np.arange(len(graph), len(rows.owners))
    slots = np.concatenate(
        [_living(rows, met, mask), _near(rows, _living(rows, tail, mask), query, k, config)]
    )
    return ranked(rows, slots.astype(np.int32), query, k, config)


def _near(
    rows: Rows, slots: npt.NDArray[np.int64], query: npt.NDArray[np.float32], k: int, config: SpaceConfig
) -> npt.NDArray[np.int64]:
    if len(slots) <= 2 * k:
        return slots
    return slots[near(rows.vectors[slots], query, k, config)]


def _living(rows: Rows, slots: npt.NDArray[np.int64], mask: Mask | None) -> npt.NDArray[np.int64]:
    owners = rows.owners[slots]
    slots, owners = slots[owners >= 0], owners[owners >= 0]
    return slots if mask is None else slots[allowed(owners, mask)]
