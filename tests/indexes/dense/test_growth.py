"""Tests how a graph's shape grows with the collection."""

from __future__ import annotations

from itertools import pairwise

from indexes.dense.growth import ALONG_AXES, STEPS, GraphShape, shape_for
from indexes.dense.space import SpaceConfig
from tests.indexes.dense.made import DIM


def test_larger_collections_are_searched_more_widely() -> None:
    """Each step is searched more widely than the one before, and settings fix what they name."""
    shapes = [shape_for(SpaceConfig(DIM), least) for least, _ in STEPS]
    assert shapes == [shape for _, shape in STEPS]
    for before, after in pairwise(shapes):
        assert after.ef > before.ef
    assert shape_for(SpaceConfig(DIM, m=5, ef=70), 10) == GraphShape(5, STEPS[0][1].ef_construction, 70)


def test_an_easy_space_is_searched_less_widely_while_it_is_small() -> None:
    """A width for small graphs counts in the first step only, and never against a fixed one."""
    easy = SpaceConfig(DIM, small_ef=40)
    assert shape_for(easy, STEPS[1][0] - 1).ef == 40
    assert shape_for(easy, STEPS[1][0]).ef == STEPS[1][1].ef
    assert shape_for(SpaceConfig(DIM, ef=70, small_ef=40), 10).ef == 70


def test_along_axes_a_small_graph_does_with_less() -> None:
    """It has fewer links and is searched less widely in the first step, and like any other beyond."""
    config = SpaceConfig(DIM)
    small = shape_for(config, 10, along_axes=True)
    assert small == ALONG_AXES
    assert small.m < STEPS[0][1].m
    assert small.ef < STEPS[0][1].ef
    assert shape_for(config, STEPS[1][0], along_axes=True) == STEPS[1][1]
