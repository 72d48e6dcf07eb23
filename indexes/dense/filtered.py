"""Chooses by selectivity between the graph and a scan, and searches so that nothing is missing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from indexes.dense.exact import MARGIN, near, ranked, scan
from indexes.dense.rows import NOBODY
from indexes.ranked import allowed, nothing

if TYPE_CHECKING:
    import numpy.typing as npt

    from indexes.dense.hnsw import Graph
    from indexes.dense.rows import Floats, Rows, Slots
    from indexes.dense.space import SpaceConfig
    from indexes.types import Mask, Matches

    Flags: TypeAlias = npt.NDArray[np.bool_]

# Measured with 384 floats on one core: a gathered row costs 0.15 microseconds to scan, one more slot
# of search width about 2 in the graph; so a graph pays from this many survivors a slot of width.
ROWS_A_STEP = 12
NO_SLOTS = np.empty(0, np.int32)
RESERVE = 1.25  # width beyond k: the last places of a graph's list are its least certain
# Of the slots that a graph met along axes so many, nearest first, are scored by their whole vectors: 100 hits
# then have .988 of the true ones where all would give .990, 10 hits the same.
CONTENDERS = 1.6  # times as many as are wanted
LEAST_CONTENDERS = 128


def search(
    rows: Rows,
    graph: Graph | None,
    query: Floats,
    k: int,
    mask: Mask | None,
    config: SpaceConfig,
) -> Matches:
    """Return min(k, survivors) matches to `query`, (dim,): a subset of the mask, never short.

    `graph` covers the first len(graph) slots; those after it are scanned.
    """
    if k <= 0 or rows.num_alive == 0:
        return nothing()
    if graph is None:
        return scan(rows, query, k, mask, config)
    num_survivors = rows.num_alive if mask is None else len(rows.survivors(mask))
    width = width_for(k, num_survivors, len(rows.owners), graph.shape_for(len(rows.owners)).ef)
    if num_survivors <= ROWS_A_STEP * width:
        return scan(rows, query, k, mask, config)
    tail = NO_SLOTS
    if len(graph) < len(rows.owners):
        tail = living(rows, np.arange(len(graph), len(rows.owners), dtype=np.int32), mask)
    wanted = min(k, num_survivors - len(tail))
    found = by_graph(rows, graph, query, wanted, width, mask)
    if found is None:
        return scan(rows, query, k, mask, config)
    if len(tail):
        found = np.concatenate([found, near(rows, tail, query, k, config, len(graph))])
    return ranked(rows, found, query, k, config)


def width_for(k: int, num_survivors: int, num_slots: int, ef: int) -> int:
    """Return how many slots to fetch so that as many survivors are among them as all would be unfiltered."""
    return math.ceil(max(ef, k * RESERVE) * num_slots / max(num_survivors, 1))


def by_graph(
    rows: Rows, graph: Graph, query: Floats, wanted: int, width: int, mask: Mask | None
) -> Slots | None:
    """Return those living, allowed slots of the graph that may be the `wanted` nearest, the nearest first.

    None when a scan finds them sooner.
    """
    while rows.num_alive > ROWS_A_STEP * width:
        met = graph.search(query, width)
        if met is not None:
            fit = fits(rows, met[0], mask)
            slots, distances = met[0][fit], met[1][fit]
            if len(slots) >= wanted:
                if graph.is_exact:
                    return slots[: num_contenders(distances, wanted, query)]
                return slots[: max(math.ceil(CONTENDERS * wanted), LEAST_CONTENDERS)]
        width *= 4
    return None


def num_contenders(distances: Floats, wanted: int, query: Floats) -> int:
    """Return how many of ascending distances, (n,), may be among the `wanted` least once told exactly."""
    if not wanted:
        return 0
    size = max(abs(float(distances[0])), abs(float(distances[-1])), float(query @ query))
    return int(distances.searchsorted(distances[wanted - 1] + MARGIN * size, side="right"))


def living(rows: Rows, slots: Slots, mask: Mask | None) -> Slots:
    """Return those of the slots that have an owner, and one the mask allows."""
    kept: Slots = slots[fits(rows, slots, mask)]
    return kept


def fits(rows: Rows, slots: Slots, mask: Mask | None) -> Flags:
    """Return for each of the slots whether it has an owner, and one the mask allows, (n,)."""
    owners = rows.owners[slots]
    fit: Flags = owners != NOBODY
    if mask is not None:
        fit &= allowed(owners, mask)
    return fit
