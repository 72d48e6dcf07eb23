"""Proves, after a kill, that everything acknowledged is there and that the views are what the log says."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from app.domain.bodies import compact_json
from app.domain.log import Kind
from app.ingest.lane import LaneLimits
from app.ingest.replay import Replay, ReplayLimits
from app.store.store import open_store
from app.store.vectors import SqlVectorCache
from indexes.collection import Collection
from tests.crash.program import HashEncoder, collection_config, database_url, load_views

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.domain.items import Item
    from app.domain.log import LogRow
    from app.store.store import Store
    from tests.crash.program import Acknowledged

TIMEOUT_S = 60.0
LANE = LaneLimits(batch_rows=10_000, idle_s=0.01)


def prove(data: Path, acknowledged: Sequence[Acknowledged], scratch: Path) -> int:
    """Check the whole data folder against everything ever acknowledged; return the LSN of its snapshot."""
    store = open_store(database_url(data))
    try:
        rows = store.log.read(0, 10**9)
        _check_log(rows, acknowledged)
        _check_documents(rows, store)
        _check_blobs_and_claims(acknowledged, store)
        return _check_views(data, store, scratch)
    finally:
        store.close()


def _check_log(rows: Sequence[LogRow], acknowledged: Sequence[Acknowledged]) -> None:
    assert [row.lsn for row in rows] == list(range(1, len(rows) + 1))
    for told in acknowledged:
        last = told.appended.lsn
        written = rows[last - len(told.rows) : last]
        assert tuple((str(row.kind), row.key, _digest(row)) for row in written) == told.rows


def _digest(row: LogRow) -> str:
    return sha256(compact_json(row.body).encode()).hexdigest()


def _check_documents(rows: Sequence[LogRow], store: Store) -> None:
    """The documents are exactly what the log's item rows, in order, leave."""
    expected: dict[str, object] = {}
    for row in rows:
        if row.kind is Kind.ITEM_PUT:
            expected[row.key] = row.body
        elif row.kind is Kind.ITEM_DELETE:
            expected.pop(row.key, None)
    assert {item.id: item.to_body() for item in store.documents.scan()} == expected


def _check_blobs_and_claims(acknowledged: Sequence[Acknowledged], store: Store) -> None:
    for told in acknowledged:
        for digest in told.blobs:
            blob = store.blobs.get(digest)
            assert blob is not None
            assert sha256(blob.content).hexdigest() == digest
        if told.claim is not None:
            again = store.log.claimed(told.claim)
            assert again is not None
            assert (again.lsn, again.num_rows) == (told.appended.lsn, len(told.rows))


def _check_views(data: Path, store: Store, scratch: Path) -> int:
    """The last snapshot with the tail of the log holds what the whole log gives from zero."""
    loaded = load_views(data, store, scratch / "tail")
    assert loaded.problems == ()
    views = loaded.views or Collection(collection_config(scratch / "tail"))
    rebuilt = Collection(collection_config(scratch / "zero"))
    try:
        _follow(store, views, dict(loaded.lsns), scratch)
        _follow(store, rebuilt, {}, scratch)
        assert views.digest() == rebuilt.digest()
        items = list(store.documents.scan())
        assert rebuilt.num_items == len(items)
        assert {item.id for item in items if rebuilt.ordinal(item.id) is None} == set()
        _check_found(rebuilt, items)
        _check_found(views, items)
    finally:
        views.close()
        rebuilt.close()
    return loaded.lsns.get("applied", 0)


def _check_found(views: Collection, items: Sequence[Item]) -> None:
    """Exact titles find exactly the items that have them: the words are as whole as the records."""
    title = next((item.title for item in items if item.title), None)
    if title is not None:
        found = views.ids(int(ordinal) for ordinal in views.exact_titles(title))
        assert sorted(found) == sorted(item.id for item in items if item.title == title)


def _follow(store: Store, views: Collection, lsns: dict[str, int], scratch: Path) -> None:
    cache = SqlVectorCache(scratch / "cache.db")
    replay = Replay(store.log, views, HashEncoder(), cache, lsns, limits=ReplayLimits(LANE, LANE))
    replay.start()
    assert replay.wait_vectors(store.log.last_lsn(), TIMEOUT_S)
    replay.stop()
    cache.close()
    assert all(lane.num_skipped == 0 for lane in replay.health().values())
