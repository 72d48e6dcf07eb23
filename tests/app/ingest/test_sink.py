"""What an import's door promises."""

from __future__ import annotations

import asyncio

from app.domain.items import Item
from app.domain.log import Blob
from app.ingest.items import ItemWriter
from app.ingest.pictures import PictureLimits
from app.ingest.sink import ItemSink
from tests.app.ingest.fakes import FakeLog
from tests.app.ingest.test_pictures import picture


def test_answers_line_up() -> None:
    """Each entry gets None or why it was refused, in the order given."""
    log = FakeLog()
    sink = ItemSink(ItemWriter(log, log, PictureLimits()))
    good, bad = Blob("", "image/png", picture("PNG")), Blob("", "image/png", b"broken")
    answers = asyncio.run(sink.put_many([(Item(id="a"), good), (Item(id="b"), bad), (Item(id="c"), None)]))
    assert answers[0] is None
    assert answers[1] is not None
    assert "not a readable PNG" in answers[1]
    assert answers[2] is None
    assert [row.key for row in log.rows] == ["a", "c"]
