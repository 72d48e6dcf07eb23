"""Tests the settings of a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexes.dense.space import Space, SpaceConfig
from tests.indexes.dense.made import space_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_space_needs_only_its_dimension() -> None:
    """By default a space is of cosines, and how dense its graph is grows with the collection."""
    config = SpaceConfig(384)
    assert (config.metric, config.m, config.ef_construction, config.ef) == ("cosine", None, None, None)


def test_a_served_space_is_a_space(tmp_path: Path) -> None:
    """What serves answers the protocol."""
    space: Space = space_of(tmp_path)
    assert len(space) == 0
