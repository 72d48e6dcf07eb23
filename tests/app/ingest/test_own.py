"""What the lane of vector fields gives the items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.domain.items import Item, own_space
from app.domain.log import Kind, LogRow
from app.ingest.own import OwnVectors
from indexes.collection import Collection, CollectionConfig
from indexes.dense.space import SpaceConfig
from indexes.types import Put, Record

if TYPE_CHECKING:
    from pathlib import Path


def _row(lsn: int, item: Item) -> LogRow:
    return LogRow(lsn, 1.0, Kind.ITEM_PUT, item.id, item.to_body())


def test_vectors_come_go_and_keep_to_their_field(tmp_path: Path) -> None:
    """Each field holds what the newest row says; another dimension is left out; zeros count by distance."""
    spaces = {own_space("style"): SpaceConfig(3), own_space("colour"): SpaceConfig(2, "l2")}
    collection = Collection(CollectionConfig(spaces, tmp_path, background=False))
    collection.apply([Put(lsn, Record(name)) for lsn, name in enumerate("ab", start=1)])
    lane = OwnVectors(collection, {"style": 3, "colour": 2})
    both = Item("a", embeddings={"style": (0.0, 3.0, 4.0), "colour": (0.0, 0.0)})
    lane([_row(1, both), _row(2, Item("b", embeddings={"style": (1.0, 0.0), "colour": (1.0, 2.0)}))])
    style, colour = (collection.spaces[name] for name in spaces)
    found = style.vector(0)
    assert found is not None
    np.testing.assert_allclose(found, [0, 0.6, 0.8], rtol=1e-6)
    assert style.vector(1) is None
    near = colour.search(np.zeros(2, np.float32), 5)
    assert (near.ordinals.tolist(), near.scores.tolist()) == ([0, 1], [0.0, -5.0])
    lane([_row(3, Item("a", embeddings={"colour": (3.0, 0.0)}))])
    assert style.vector(0) is None
    assert lane.start_lsn() == 3
    collection.close()
