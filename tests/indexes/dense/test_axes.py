"""Tests the few directions that a graph compares vectors along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from indexes.dense.axes import KEPT, STEP, TAIL, WIDE, axes_of, is_worn
from indexes.dense.filtered import search
from indexes.dense.hnsw import Graph
from indexes.dense.rows import Rows
from indexes.dense.space import SpaceConfig

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from indexes.dense.rows import Floats

CONFIG = SpaceConfig(WIDE, ef_construction=60, graph_from=1)
NUM, K = 6_000, 10


def flat(num: int, seed: int, rank: int = 40, noise: float = 0.1) -> npt.NDArray[np.float32]:
    """Return unit vectors (num, WIDE) that lie near one subspace of that rank, the same for all seeds."""
    rng = np.random.default_rng(seed)
    plane = np.random.default_rng(1).normal(size=(rank, WIDE)) / np.sqrt(WIDE)
    rows = rng.normal(size=(num, rank)) @ plane + noise * rng.normal(size=(num, WIDE)) / np.sqrt(WIDE)
    unit: npt.NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.fixture(scope="module")
def held() -> Floats:
    """Vectors that need few of their numbers."""
    return flat(NUM, 2)


@pytest.fixture(scope="module")
def graph(held: Floats) -> Graph:
    """A graph of all but the last hundred."""
    return Graph.build(CONFIG, held[: NUM - 100])


def test_axes_keep_nearly_all_of_nearly_every_vector(held: Floats) -> None:
    """They are orthonormal, no more than are needed, and the same whenever they are found."""
    axes = axes_of(held)
    assert axes is not None
    assert len(axes) in {STEP, 2 * STEP}
    assert np.allclose(axes @ axes.T, np.eye(len(axes)), atol=1e-5)
    shares = ((held @ axes.T) ** 2).sum(axis=1)
    assert np.quantile(shares, TAIL) >= KEPT
    again = axes_of(held)
    assert again is not None
    assert np.array_equal(again, axes)


def test_vectors_that_point_everywhere_and_short_ones_have_none() -> None:
    """Where few directions lose too much, or there is little to save, vectors stay whole."""
    assert axes_of(np.random.default_rng(3).normal(size=(2_000, WIDE)).astype(np.float32)) is None
    assert axes_of(np.ones((10, WIDE - 1), np.float32)) is None
    assert axes_of(np.empty((0, WIDE), np.float32)) is None


def test_axes_wear_out_when_other_vectors_come(held: Floats, graph: Graph) -> None:
    """Vectors of the same kind keep them; others do not, which is seen once there are a quarter more."""
    axes = axes_of(held)
    assert axes is not None
    others = np.random.default_rng(4).normal(size=(NUM, WIDE)).astype(np.float32)
    assert not is_worn(axes, flat(500, 5))
    assert is_worn(axes, others[:500])
    assert not graph.is_worn(np.concatenate([held, others[:100]]))
    assert graph.is_worn(np.concatenate([held, others]))


@pytest.mark.parametrize("share", [None, 0.9, 0.5, 0.05])
def test_what_is_found_along_axes_is_scored_whole(held: Floats, graph: Graph, share: float | None) -> None:
    """Hits are as many as there must be, within the filter, near the true ones, and truly scored."""
    rows = Rows.of(held, np.arange(NUM, dtype=np.int32))
    mask = None if share is None else np.random.default_rng(6).random(NUM) < share
    assert not graph.is_exact
    right = 0
    for query in flat(30, 7):
        found = search(rows, graph, query, K, mask, CONFIG)
        assert len(set(found.ordinals.tolist())) == K
        assert mask is None or mask[found.ordinals].all()
        true = held @ query
        assert np.allclose(found.scores, true[found.ordinals], atol=1e-5)
        floor = np.sort(true if mask is None else true[mask])[-K]
        right += int(np.count_nonzero(found.scores >= floor - 1e-5))
    assert right >= 0.98 * 30 * K


def test_axes_are_kept_beside_the_graph(tmp_path: Path, held: Floats, graph: Graph) -> None:
    """A graph that is read back, or has grown, answers along the same axes; another space's are refused."""
    path = tmp_path / "graph.bin"
    graph.save(path)
    query = held[NUM - 50]
    for other in (
        Graph.load(CONFIG, path, len(graph)),
        graph.extended(held[NUM - 100 :], tmp_path / "scratch"),
    ):
        assert not other.is_exact
        found, expected = other.search(query, 50), graph.search(query, 50)
        assert found is not None
        assert expected is not None
        same = np.isin(expected[0], found[0])
        assert same.mean() >= 0.9 if len(other) > len(graph) else same.all()
    with pytest.raises(ValueError, match="axes"):
        Graph.load(SpaceConfig(WIDE + 1), path, len(graph))
