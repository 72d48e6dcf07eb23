"""Tests the contract of filtered search: a subset, never short, and near enough to exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from indexes.dense.exact import scan
from indexes.dense.filtered import ROWS_A_STEP, search, width_for
from indexes.dense.hnsw import Graph
from indexes.dense.rows import NOBODY, Rows, prepared
from tests.indexes.dense.made import config_of, vectors

if TYPE_CHECKING:
    from indexes.types import Mask

NUM = 4_000
CONFIG = config_of()


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Return a state with a tenth of its slots dead."""
    owners = np.arange(NUM, dtype=np.int32)
    owners[::10] = NOBODY
    return Rows.of(prepared(vectors(NUM), CONFIG), owners)


@pytest.fixture(scope="module")
def graph(rows: Rows) -> Graph:
    """Return a graph over all but the last slots."""
    return Graph.build(CONFIG, rows.vectors[: NUM - 200])


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.01, 0.001])
def test_recall_holds_at_every_selectivity(rows: Rows, graph: Graph, share: float) -> None:
    """The answer is within the mask, min(k, survivors) long, and has .95 of the exact ten."""
    mask = np.random.default_rng(4).random(NUM) < share
    survivors = len(rows.survivors(mask))
    recalled = wanted = 0
    for query in prepared(vectors(40, seed=8), CONFIG):
        found = search(rows, graph, query, 10, mask, CONFIG).ordinals
        exact = scan(rows, query, 10, mask, CONFIG).ordinals
        assert len(set(found.tolist())) == min(10, survivors)
        assert mask[found].all()
        recalled += len(np.intersect1d(found, exact))
        wanted += len(exact)
    assert recalled >= 0.95 * wanted


def test_a_filter_far_from_the_query_does_not_shorten_the_list(rows: Rows, graph: Graph) -> None:
    """When the survivors are the farthest half, the graph is widened until there are enough, or left."""
    query = prepared(vectors(1, seed=8), CONFIG)[0]
    mask: Mask = np.asarray(rows.vectors @ query < np.median(rows.vectors @ query))
    found = search(rows, graph, query, 50, mask, CONFIG).ordinals
    assert len(found) == 50
    assert mask[found].all()
    assert set(found.tolist()) == set(scan(rows, query, 50, mask, CONFIG).ordinals.tolist())


def test_fresh_slots_are_found_beside_the_graph(rows: Rows, graph: Graph) -> None:
    """A vector that no graph has yet is its own nearest neighbour."""
    assert search(rows, graph, rows.vectors[NUM - 1], 1, None, CONFIG).ordinals.tolist() == [NUM - 1]


def test_few_survivors_are_scanned() -> None:
    """The width grows with selectivity, and so beyond some point a scan costs less."""
    assert width_for(10, 1_000, 1_000, 64) == 64
    assert width_for(10, 500, 1_000, 64) == 128
    assert width_for(400, 1_000, 1_000, 64) == 500
    assert width_for(10, 100, 16_000, 64) * ROWS_A_STEP > 100
    assert width_for(10, 0, 16_000, 64) == 64 * 16_000


@pytest.mark.parametrize("k", [0, -1])
def test_nothing_asked_is_nothing_found(rows: Rows, graph: Graph, k: int) -> None:
    """A k of none gives no matches."""
    assert search(rows, graph, rows.vectors[1], k, None, CONFIG).ordinals.tolist() == []
