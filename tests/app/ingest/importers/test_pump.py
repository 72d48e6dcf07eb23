"""Batches reach the collection once, in order, with an honest account."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InvalidInput
from app.domain.items import Item
from app.domain.log import Blob
from app.ingest.importers.pump import BATCH_BYTES, BATCH_ENTRIES, Entry, batched, in_thread, pump, same
from app.ingest.importers.report import ImportReport, Rejection
from tests.app.ingest.importers.collection import Collection, Heard

if TYPE_CHECKING:
    from collections.abc import Iterable


def _run(
    entries: Iterable[Entry | Rejection], collection: Collection, total: int = 10_000
) -> tuple[ImportReport, Heard]:
    heard = Heard()
    batches = in_thread(batched(iter(entries)))
    return asyncio.run(pump(batches, collection, collection, total, heard)), heard


def _texts(count: int) -> list[Entry | Rejection]:
    return [Entry(i, Item(f"i{i}", title=str(i)), None) for i in range(1, count + 1)]


def test_fills_in_batches() -> None:
    """Entries are written a batch at a time, and progress is told after each."""
    collection = Collection()
    report, heard = _run(_texts(600), collection, 600)
    assert report == ImportReport(accepted=600)
    assert [len(batch) for batch in collection.batches] == [BATCH_ENTRIES, BATCH_ENTRIES, 88]
    assert heard.calls == [(256, 600), (512, 600), (600, 600), (600, 600)]


def test_repeat_writes_nothing() -> None:
    """A second run finds everything unchanged; a third writes only what changed."""
    collection = Collection()
    _run(_texts(300), collection)
    collection.batches.clear()
    assert _run(_texts(300), collection)[0] == ImportReport(unchanged=300)
    assert collection.batches == []
    changed = [*_texts(299), Entry(300, Item("i300", title="new"), None)]
    assert _run(changed, collection)[0] == ImportReport(accepted=1, unchanged=299)
    assert collection.items["i300"].title == "new"


def test_same_id_twice() -> None:
    """Within a batch the later line of an id wins, and an equal one writes nothing."""
    collection = Collection()
    twice: list[Entry | Rejection] = [
        Entry(1, Item("a", title="1"), None), Entry(2, Item("a", title="1"), None),
        Entry(3, Item("a", title="2"), None),
    ]  # fmt: skip
    assert _run(twice, collection)[0] == ImportReport(accepted=2, unchanged=1)
    assert collection.items["a"].title == "2"


def test_rejections_keep_their_lines() -> None:
    """What the reader and what the writer refuse is told together, by line and field."""
    collection = Collection(refuse={"i3": InvalidInput("image.b64", "too large")})
    entries = _texts(4)
    entries[1] = Rejection(2, None, "not JSON")
    assert _run(entries, collection)[0] == ImportReport(
        accepted=2, rejected=(Rejection(2, None, "not JSON"), Rejection(3, "i3", "file_name: too large"))
    )


def test_only_rejections() -> None:
    """A batch without a readable entry is reported and nothing is sent."""
    collection = Collection()
    report, heard = _run([Rejection(1, None, "bad")], collection, 1)
    assert report.total == 1
    assert collection.batches == []
    assert heard.calls[-1] == (1, 1)


def test_batches_are_bounded_in_bytes() -> None:
    """Large pictures close a batch before it is full of entries."""
    content = bytes(BATCH_BYTES // 2)
    entries = [Entry(i, Item(str(i)), Blob("", "image/png", content)) for i in range(5)]
    assert [len(batch) for batch in batched(iter(entries))] == [2, 2, 1]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (True, True, True),
        (False, 0.0, False),
        ("1", 1, False),
        (("a",), "a", False),
    ],
)
def test_same(one: object, other: object, equal: bool) -> None:
    """Numbers are compared by value, and a flag is no number."""
    left, right = (Item.from_body({"id": "a", "attributes": {"x": value}}) for value in (one, other))
    assert same(left, right) is equal
