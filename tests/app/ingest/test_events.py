"""What recording events promises."""

from __future__ import annotations

import asyncio

from app.domain.events import Event
from app.domain.log import Appended, Claim, Kind
from app.ingest.events import EventWriter
from tests.app.ingest.fakes import FakeLog

CLICK = Event(id="x", type="click", at=5.0, user="u", item="a", position=3)


def test_once() -> None:
    """An event is written under its id, whole; again it is acknowledged as not new."""
    log = FakeLog()
    writer = EventWriter(log)
    assert asyncio.run(writer.put(CLICK)) == Appended(1, 1)
    assert asyncio.run(writer.put(CLICK)).num_rows == 0
    assert [(row.kind, row.key) for row in log.rows] == [(Kind.EVENT, "x")]
    assert Event.from_body(log.rows[0].body) == CLICK


def test_many() -> None:
    """Many events are written in one append, in order."""
    log = FakeLog()
    events = [Event(id=str(i), type="impression", at=float(i)) for i in range(5)]
    assert asyncio.run(EventWriter(log).put_many(events, Claim("k", "f"))) == Appended(5, 5)
    assert asyncio.run(EventWriter(log).put_many(events, Claim("k", "f"))) == Appended(5, 5, replayed=True)
    assert [row.key for row in log.rows] == ["0", "1", "2", "3", "4"]


def test_link() -> None:
    """A device link says whose the device is."""
    log = FakeLog()
    asyncio.run(EventWriter(log).link("phone", "ada"))
    row = log.rows[0]
    assert (row.kind, row.key, row.body) == (Kind.DEVICE, "phone", {"user": "ada"})
