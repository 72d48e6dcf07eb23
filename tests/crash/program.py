"""Is the process that gets killed: it writes, follows its own log and takes snapshots, all at once."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from app.domain.bodies import compact_json
from app.domain.events import Event
from app.domain.items import Item
from app.domain.log import Blob, Claim, Kind, NewRow
from app.ingest.maintenance import Maintenance, SnapshotPolicy
from app.ingest.replay import Replay
from app.store.snapshots import SnapshotFolder
from app.store.store import open_store
from app.store.vectors import SqlVectorCache
from indexes.collection import Collection, CollectionConfig
from indexes.dense.space import SpaceConfig

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    import numpy.typing as npt

    from app.domain.log import Appended
    from app.store.snapshots import Loaded
    from app.store.store import Store

DIM = 8
NUM_IDS = 120
NUM_WRITERS = 4
WORDS = ("cup", "tree", "house", "star", "arrow", "fox", "bell", "ship")


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What the program was told is durable: each row's kind, key and the SHA-256 of its body."""

    appended: Appended
    rows: tuple[tuple[str, str, str], ...]
    blobs: tuple[str, ...]
    claim: Claim | None


class HashEncoder:
    """Vectors that depend on nothing but the text."""

    name = "hash"
    dim = DIM

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (len(texts), 8) rows of unit length."""
        raw = [np.frombuffer(sha256(text.encode()).digest(), np.uint8)[:DIM] for text in texts]
        rows = np.stack(raw).astype(np.float32) - 127.5
        scaled: npt.NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return scaled


def database_url(data: Path) -> str:
    """Return where the log of this data folder is."""
    return f"sqlite:///{data / 'log.db'}"


def collection_config(working_directory: Path) -> CollectionConfig:
    """Return a collection small enough that graphs are built, extended and rebuilt all the time."""
    space = SpaceConfig(dim=DIM, graph_from=32, fold_from=16, ef_construction=40)
    return CollectionConfig({"text": space}, working_directory)


def load_views(data: Path, store: Store, working_directory: Path) -> Loaded[Collection]:
    """Return the last good snapshot's views."""
    folder = SnapshotFolder(data / "snapshots", store.log_id, time.time)
    config = collection_config(working_directory)
    return folder.load(lambda directory: Collection.load(directory, config), store.log.last_lsn())


def run(data: Path, seed: int, acknowledge: Connection) -> None:
    """Write until killed; every acknowledgement goes through the pipe as soon as it is there."""
    store = open_store(database_url(data))
    loaded = load_views(data, store, data / "work")
    views = loaded.views or Collection(collection_config(data / "work"))
    cache = SqlVectorCache(data / "cache.db")
    replay = Replay(store.log, views, HashEncoder(), cache, loaded.lsns)
    folder = SnapshotFolder(data / "snapshots", store.log_id, time.time)
    policy = SnapshotPolicy(every_rows=30, every_s=0.15, poll_s=0.01)
    maintenance = Maintenance(replay, views, folder, time.monotonic, policy)
    replay.start()
    maintenance.start()
    asyncio.run(_write_for_ever(store, seed, acknowledge))


async def _write_for_ever(store: Store, seed: int, acknowledge: Connection) -> None:
    writers = (_writer(store, random.Random(f"{seed}-{i}"), acknowledge) for i in range(NUM_WRITERS))
    await asyncio.gather(*writers)


async def _writer(store: Store, chance: random.Random, acknowledge: Connection) -> None:
    while True:
        rows = [_row(chance) for _ in range(chance.choice((1, 1, 2, 5)))]
        claim = Claim(chance.randbytes(8).hex(), "print") if chance.random() < 0.3 else None
        appended = await store.log.append(rows, claim)
        told = tuple((str(r.kind), r.key, sha256(compact_json(r.body).encode()).hexdigest()) for r in rows)
        blobs = tuple(blob.digest for row in rows for blob in row.blobs)
        acknowledge.send(Acknowledged(appended, told, blobs, claim))
        await asyncio.sleep(chance.random() * 0.1)


def _row(chance: random.Random) -> NewRow:
    key = f"item-{chance.randrange(NUM_IDS)}"
    kind = chance.choices((Kind.ITEM_PUT, Kind.ITEM_DELETE, Kind.EVENT), (6, 2, 2))[0]
    if kind is Kind.ITEM_DELETE:
        return NewRow(kind, key, {})
    if kind is Kind.EVENT:
        event = Event(id=chance.randbytes(8).hex(), type="click", at=time.time(), item=key)
        return NewRow(kind, event.id, event.to_body())
    picture = _picture(chance) if chance.random() < 0.5 else None
    return NewRow(kind, key, _item(key, chance, picture).to_body(), () if picture is None else (picture,))


def _picture(chance: random.Random) -> Blob:
    content = chance.randbytes(chance.randrange(100, 4_000))
    return Blob(sha256(content).hexdigest(), "image/png", content)


def _item(key: str, chance: random.Random, picture: Blob | None) -> Item:
    """Make an item with or without words, and with or without a vector of its own."""
    brings = chance.random() < 0.2
    return Item(
        id=key,
        title=" ".join(chance.choices(WORDS, k=chance.randrange(4))),
        tags=tuple(chance.sample(WORDS, chance.randrange(3))),
        picture=None if picture is None else picture.digest,
        media_type=None if picture is None else picture.media_type,
        embedding=tuple(chance.uniform(-1, 1) for _ in range(DIM)) if brings else None,
    )
