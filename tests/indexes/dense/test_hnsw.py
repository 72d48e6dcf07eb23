"""Tests the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from indexes.dense.hnsw import Graph
from indexes.dense.rows import prepared
from tests.indexes.dense.made import config_of, vectors

if TYPE_CHECKING:
    from pathlib import Path


def test_a_copy_grows_and_the_original_stays(tmp_path: Path) -> None:
    """The extended graph finds new slots; the published one still has only the old ones."""
    config = config_of()
    held = prepared(vectors(400), config)
    graph = Graph.build(config, held[:300])
    more = graph.extended(held[300:], tmp_path / "scratch")
    assert (len(graph), len(more)) == (300, 400)
    found, before = more.search(held[390], 5), graph.search(held[390], 5)
    assert found is not None
    assert before is not None
    assert found[0][0] == 390
    assert before[0].max() < 300
    assert list(tmp_path.iterdir()) == []


def test_a_graph_comes_back_from_its_file(tmp_path: Path) -> None:
    """A saved graph answers as before."""
    config = config_of("l2")
    held = vectors(300)
    graph = Graph.build(config, held)
    graph.save(tmp_path / "graph")
    loaded = Graph.load(config, tmp_path / "graph", 300)
    for query in vectors(5, seed=7):
        expected, found = graph.search(query, 20), loaded.search(query, 20)
        assert expected is not None
        assert found is not None
        assert found[0].tolist() == expected[0].tolist()
        assert (np.diff(found[1]) >= 0).all()


def test_a_graph_that_cannot_reach_enough_says_so() -> None:
    """When parts cannot be reached the answer is None, not a shorter list."""
    config = config_of("ip")
    held = np.zeros((50, 16), np.float32)
    graph = Graph.build(config, held)
    found = graph.search(held[0], 50)
    assert found is None or sorted(found[0].tolist()) == list(range(50))
