"""What the slow lane gives the items."""

from __future__ import annotations

from app.domain.items import Item
from app.domain.log import Kind, LogRow
from app.ingest.changes import record_of
from app.ingest.vectors import TextVectors
from tests.app.ingest.fakes import DIM, FakeCache, FakeEncoder, FakeViews, vector_of


def _row(lsn: int, item: Item) -> LogRow:
    return LogRow(lsn, 1.0, Kind.ITEM_PUT, item.id, item.to_body())


def _views(*items: Item) -> FakeViews:
    views = FakeViews()
    views.records = {item.id: record_of(item) for item in items}
    return views


def test_encoded_and_given() -> None:
    """Words are encoded, vectors that come along are taken as they are and never encoded."""
    own = (0.5, 0.25, 0.0, -1.0)
    items = Item(id="a", title="cup"), Item(id="b", title="own", embedding=own)
    views, encoder = _views(*items), FakeEncoder()
    TextVectors(views, encoder, FakeCache())([_row(i + 1, item) for i, item in enumerate(items)])
    assert views.vectors == {"a": vector_of("cup"), "b": list(own)}
    assert encoder.asked == [["cup"]]
    assert views.vector_lsn("text") == 2


def test_other_dimension() -> None:
    """A vector of another dimension is not this space's: the words are encoded."""
    item = Item(id="a", title="cup", embedding=(1.0, 2.0))
    views = _views(item)
    TextVectors(views, FakeEncoder(), FakeCache())([_row(1, item)])
    assert views.vectors == {"a": vector_of("cup")}


def test_no_words() -> None:
    """An item without words has the zero vector, so that one it had before is gone."""
    before, after = Item(id="a", title="cup"), Item(id="a")
    views, encoder = _views(after), FakeEncoder()
    lane = TextVectors(views, encoder, FakeCache())
    lane([_row(1, before)])
    lane([_row(2, after)])
    assert views.vectors == {"a": [0.0] * DIM}
    assert encoder.asked == [["cup"]]


def test_cached_by_content() -> None:
    """The same words are encoded once, within a batch, across batches and across restarts."""
    cache = FakeCache()
    items = [Item(id=name, title="cup") for name in "abc"]
    views, encoder = _views(*items), FakeEncoder()
    TextVectors(views, encoder, cache)([_row(1, items[0]), _row(2, items[1])])
    again = FakeEncoder()
    TextVectors(views, again, cache)([_row(3, items[2])])
    assert encoder.asked == [["cup"]]
    assert again.asked == []
    assert views.vectors == dict.fromkeys("abc", vector_of("cup"))


def test_newest_of_a_batch() -> None:
    """Of several versions in a batch only the last is encoded, and nothing of what is deleted."""
    items = [Item(id="a", title="old"), Item(id="b", title="gone"), Item(id="a", title="new")]
    views, encoder = _views(items[2]), FakeEncoder()
    rows = [_row(i + 1, item) for i, item in enumerate(items)]
    rows.append(LogRow(4, 1.0, Kind.ITEM_DELETE, "b", {}))
    TextVectors(views, encoder, FakeCache())(rows)
    assert encoder.asked == [["new"]]
    assert views.vectors == {"a": vector_of("new")}


def test_small_calls() -> None:
    """The encoder is asked for a bounded number of texts at a time, and gets all of them."""
    items = [Item(id=f"{i:03d}", title=f"cup {i}") for i in range(150)]
    views, encoder = _views(*items), FakeEncoder()
    TextVectors(views, encoder, FakeCache())([_row(i + 1, item) for i, item in enumerate(items)])
    assert [len(texts) for texts in encoder.asked] == [64, 64, 22]
    assert views.vectors == {item.id: vector_of(item.title) for item in items}


def test_other_rows() -> None:
    """Rows about no item move the place in the log and nothing else."""
    views, encoder = _views(), FakeEncoder()
    TextVectors(views, encoder, FakeCache())([LogRow(9, 1.0, Kind.EVENT, "x", {})])
    assert (views.vectors, encoder.asked, views.vector_lsn("text")) == ({}, [], 9)
