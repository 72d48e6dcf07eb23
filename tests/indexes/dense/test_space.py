"""Tests the settings of a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexes.dense.space import Space, SpaceConfig
from tests.indexes.dense.made import space_of

if TYPE_CHECKING:
    from pathlib import Path


def test_defaults_are_those_recall_was_measured_with() -> None:
    """A space needs only its dimension; the rest is what gave recall of .98 and more at 16 000 vectors."""
    config = SpaceConfig(384)
    assert (config.metric, config.m, config.ef_construction, config.ef) == ("cosine", 16, 200, 128)


def test_a_served_space_is_a_space(tmp_path: Path) -> None:
    """What serves answers the protocol."""
    space: Space = space_of(tmp_path)
    assert len(space) == 0
