"""What the lane of pictures gives the items."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from app.domain.items import Item
from app.domain.log import Blob, Kind, LogRow
from app.ingest.looks import IMAGE_SPACE, PictureVectors, opened
from indexes.collection import Collection, CollectionConfig
from indexes.dense.space import SpaceConfig
from indexes.types import Put, Record
from tests.app.ingest.fakes import FakeCache

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt


def png(colour: str) -> bytes:
    """Return a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (4, 4), colour).save(file, "PNG")
    return file.getvalue()


class MeanColour:
    """Sees the mean colour of a picture, and counts what it saw."""

    name, dim = "mean", 3

    def __init__(self) -> None:
        self.num_seen = 0

    def encode_pictures(self, pictures: Sequence[Image.Image]) -> npt.NDArray[np.float32]:
        self.num_seen += len(pictures)
        rows = np.array([np.asarray(picture).reshape(-1, 3).mean(axis=0) for picture in pictures], np.float32)
        unit: npt.NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


class Shelf(dict[str, bytes]):
    """Blobs in a dictionary."""

    def get(self, digest: str, default: None = None) -> Blob | None:  # type: ignore[override]  # a port's shape
        return Blob(digest, "image/png", self[digest]) if digest in self else default


def test_pictures_are_encoded_once_and_lost_ones_left_out(tmp_path: Path) -> None:
    """Equal pictures are seen once, also after a restart; a broken one is left out; one removed is gone."""
    shelf = Shelf({sha256(content).hexdigest(): content for content in (png("red"), png("blue"), b"broken")})
    red, blue, broken = shelf
    collection = Collection(CollectionConfig({IMAGE_SPACE: SpaceConfig(3)}, tmp_path, background=False))
    items = [
        Item("a", picture=red),
        Item("b", picture=blue),
        Item("c", picture=red),
        Item("d", picture=broken),
    ]
    items += [Item("e", picture="0" * 64), Item("f")]
    collection.apply([Put(lsn, Record(item.id)) for lsn, item in enumerate(items, start=1)])
    encoder, cache = MeanColour(), FakeCache()
    rows = [
        LogRow(lsn, 1.0, Kind.ITEM_PUT, item.id, item.to_body()) for lsn, item in enumerate(items, start=1)
    ]
    PictureVectors(collection, encoder, shelf, cache)(rows)
    space = collection.spaces[IMAGE_SPACE]
    assert (len(space), encoder.num_seen) == (3, 2)
    assert space.search(np.array([1, 0, 0.1], np.float32), 2).ordinals.tolist() == [0, 2]
    again = MeanColour()
    lane = PictureVectors(collection, again, shelf, cache)
    lane(rows[:3])
    assert again.num_seen == 0
    lane([LogRow(7, 1.0, Kind.ITEM_PUT, "a", Item("a").to_body())])
    assert space.vector(0) is None
    assert collection.vector_lsn(IMAGE_SPACE) == 7
    assert opened(png("red")).size == (4, 4)
    collection.close()
