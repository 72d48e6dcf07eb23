"""The collection's pictures are known before the service is asked, and stay so as it changes."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from app.domain.engine import Pixels
from app.domain.items import GENERATED, Item
from app.domain.log import Kind, NewRow
from app.generate.copies import DIM, NAME, Fingerprints
from app.generate.develop import blob_of
from app.generate.watching import Watcher
from app.store.store import open_store
from app.store.vectors import SqlVectorCache
from tests.app.generate.test_copies import icon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.domain.log import Blob
    from app.store.store import Store


def picture(number: int) -> tuple[Blob, Pixels]:
    """Return a drawing as a file and as pixels."""
    import io

    from PIL import Image

    rows, target = icon(number), io.BytesIO()
    Image.fromarray(rows).save(target, "PNG")
    return blob_of("image/png", target.getvalue()), Pixels(64, 64, rows.tobytes())


def put(store: Store, name: str, blob: Blob, origin: str = "found") -> None:
    """Put an item with this picture."""
    item = Item(name, picture=blob.digest, media_type=blob.media_type, origin=origin)
    asyncio.run(append(store, NewRow(Kind.ITEM_PUT, name, item.to_body(), (blob,))))


async def append(store: Store, row: NewRow) -> None:
    """Append one row."""
    await store.log.append([row])


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextmanager
def watched(store: Store, cache: SqlVectorCache) -> Iterator[tuple[Watcher, Fingerprints]]:
    """Follow a store, and stop."""
    index = Fingerprints()
    watcher = Watcher(store.log, store.documents, store.blobs, cache, index)
    watcher.start()
    try:
        yield watcher, index
    finally:
        watcher.stop()


def test_pictures_are_followed_from_the_beginning_on(tmp_path: Path) -> None:
    """What was there, what comes and what goes: the fingerprints are those of the collection now."""
    store, cache = open_store(f"sqlite:///{tmp_path / 'log.db'}"), SqlVectorCache(tmp_path / "vectors.db")
    (old, old_pixels), (new, new_pixels), (made, made_pixels) = picture(1), picture(2), picture(3)
    put(store, "old", old)
    put(store, "made", made, GENERATED)
    put(store, "broken", blob_of("image/png", b"no picture"))
    with watched(store, cache) as (watcher, index):
        put(store, "new", new)
        until(lambda: watcher.lsn == store.log.last_lsn())
        names = [near and near.item for near in map(index.nearest, (old_pixels, new_pixels, made_pixels))]
        assert names == ["old", "new", None]
        asyncio.run(append(store, NewRow(Kind.ITEM_DELETE, "old", {})))
        put(store, "new", old)
        until(lambda: watcher.lsn == store.log.last_lsn())
        names = [near and near.item for near in map(index.nearest, (old_pixels, new_pixels))]
        assert names == ["new", None]
    store.close()
    cache.close()


def test_a_second_start_reads_no_picture(tmp_path: Path) -> None:
    """Fingerprints are cached under the picture's digest: a cached one is believed."""
    store, cache = open_store(f"sqlite:///{tmp_path / 'log.db'}"), SqlVectorCache(tmp_path / "vectors.db")
    (old, _), (other, other_pixels) = picture(1), picture(2)
    put(store, "old", old)
    with watched(store, cache) as (watcher, _):
        until(lambda: watcher.lsn == store.log.last_lsn())
    known = cache.get_many(NAME, [old.digest])[old.digest]
    assert known.shape == (DIM,)
    put(store, "other", other)
    cache.put_many(NAME, {other.digest: np.zeros(DIM, np.float32)})
    with watched(store, cache) as (watcher, index):
        until(lambda: watcher.lsn == store.log.last_lsn())
        assert index.nearest(other_pixels) is None
    store.close()
    cache.close()
