"""What writing items promises."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from app.domain.errors import Conflict, InvalidInput, NotFound, TooLarge
from app.domain.items import Item
from app.domain.log import Appended, Claim, Kind
from app.ingest.items import ItemWriter
from app.ingest.pictures import PictureLimits
from tests.app.ingest.fakes import FakeLog
from tests.app.ingest.test_pictures import picture

LIMITS = PictureLimits(max_bytes=5_000, max_pixels=10_000)


def _writer(log: FakeLog) -> ItemWriter:
    return ItemWriter(log, log, LIMITS)


def test_put_with_picture() -> None:
    """The picture's digest and kind are in the item, its bytes in the same append."""
    log, content = FakeLog(), picture("WEBP")
    assert asyncio.run(_writer(log).put(Item(id="a", title="A"), content)) == Appended(1, 1)
    digest = sha256(content).hexdigest()
    assert log.get("a") == Item(id="a", title="A", picture=digest, media_type="image/webp")
    assert log.blobs == {digest: content}


def test_put_without_picture() -> None:
    """Without bytes the item is written as it is, also one that names a stored picture."""
    log, item = FakeLog(), Item(id="a", picture="0" * 64, media_type="image/png")
    asyncio.run(_writer(log).put(item, None))
    assert log.get("a") == item
    assert log.blobs == {}


@pytest.mark.parametrize("content", [b"", b"no picture", picture("PNG", 200, 200)])
def test_bad_picture(content: bytes) -> None:
    """A bad picture is refused by the field's name and nothing is written."""
    log = FakeLog()
    with pytest.raises(InvalidInput) as refused:
        asyncio.run(_writer(log).put(Item(id="a"), content))
    assert refused.value.field == "image.b64"
    assert log.rows == []


def test_large_picture() -> None:
    """A picture over the limit in bytes is too large, not merely wrong."""
    with pytest.raises(TooLarge):
        asyncio.run(_writer(FakeLog()).put(Item(id="a"), bytes(5_001)))


@pytest.mark.parametrize("item_id", ["", "x" * 513, "é" * 257, "\ud800"])
def test_bad_id(item_id: str) -> None:
    """An id is 1 to 512 bytes of UTF-8."""
    with pytest.raises(InvalidInput) as refused:
        asyncio.run(_writer(FakeLog()).put(Item(id=item_id)))
    assert refused.value.field == "id"


def test_longest_id() -> None:
    """512 bytes are let in, counted in UTF-8."""
    log = FakeLog()
    asyncio.run(_writer(log).put(Item(id="é" * 256)))
    assert log.rows[0].key == "é" * 256


def test_bad_entries_spoil_nobody() -> None:
    """Of a batch the good entries are written in order in one append, the bad ones told by index."""
    log, content = FakeLog(), picture("PNG")
    entries = [
        (Item(id="a"), content),
        (Item(id="bad"), b"no picture"),
        (Item(id="b"), None),
        (Item(id="large"), bytes(5_001)),
        (Item(id=""), None),
        (Item(id="endless", popularity=float("inf")), None),
        (Item(id="torn", title="\ud800"), None),
        (Item(id="a", title="again"), None),
    ]
    outcome = asyncio.run(_writer(log).put_many(entries))
    assert outcome.appended == Appended(3, 3)
    assert [row.key for row in log.rows] == ["a", "b", "a"]
    fields = [(refusal.index, refusal.error.field) for refusal in outcome.rejected]
    assert fields == [(1, "image.b64"), (3, "image.b64"), (4, "id"), (5, "body"), (6, "body")]


def test_claims() -> None:
    """A batch or item written again under its claim is acknowledged as the first time."""
    log, claim = FakeLog(), Claim("k", "f")
    writer = _writer(log)
    assert asyncio.run(writer.put(Item(id="a"), None, claim)) == Appended(1, 1)
    assert asyncio.run(writer.put(Item(id="a"), None, claim)) == Appended(1, 1, replayed=True)
    with pytest.raises(Conflict):
        asyncio.run(writer.put(Item(id="b"), None, Claim("k", "other")))
    batch = Claim("batch", "f")
    asyncio.run(writer.put_many([(Item(id="b"), None)], batch))
    assert asyncio.run(writer.put_many([(Item(id="b"), None)], batch)).appended.replayed
    assert [row.key for row in log.rows] == ["a", "b"]


def test_delete() -> None:
    """A delete writes its row, and is refused when there is nothing to delete."""
    log = FakeLog()
    writer = _writer(log)
    with pytest.raises(NotFound, match="'a'"):
        asyncio.run(writer.delete("a"))
    asyncio.run(writer.put(Item(id="a")))
    assert asyncio.run(writer.delete("a")) == Appended(2, 1)
    assert log.rows[-1].kind is Kind.ITEM_DELETE
    assert log.get("a") is None
    with pytest.raises(NotFound):
        asyncio.run(writer.delete("a"))


def test_delete_sent_twice() -> None:
    """A delete repeated under its claim is acknowledged again instead of not found."""
    log, claim = FakeLog(), Claim("k", "f")
    writer = _writer(log)
    asyncio.run(writer.put(Item(id="a")))
    assert asyncio.run(writer.delete("a", claim)) == Appended(2, 1)
    assert asyncio.run(writer.delete("a", claim)) == Appended(2, 1, replayed=True)
