"""Tests how a graph's shape grows with the collection."""

from __future__ import annotations

from itertools import pairwise

from indexes.dense.growth import STEPS, GraphShape, shape_for
from indexes.dense.space import SpaceConfig
from tests.indexes.dense.made import DIM


def test_larger_collections_are_searched_more_widely() -> None:
    """Each step is searched more widely than the one before, and settings fix what they name."""
    shapes = [shape_for(SpaceConfig(DIM), least) for least, _ in STEPS]
    assert shapes == [shape for _, shape in STEPS]
    for before, after in pairwise(shapes):
        assert after.ef > before.ef
    assert shape_for(SpaceConfig(DIM, m=5, ef=70), 10) == GraphShape(5, STEPS[0][1].ef_construction, 70)
