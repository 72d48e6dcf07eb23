"""What following people in the log promises."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from app.domain.events import Event
from app.domain.items import Item
from app.domain.log import Kind, LogRow, NewRow
from app.ingest.activity import Following, activity_of
from app.ingest.events import EventWriter
from app.ingest.lane import LaneLimits
from app.store.store import open_store
from indexes.behavior.activity import Activity
from indexes.behavior.changes import Act, Blank, Edit, Forget, Link
from tests.app.ingest.fakes import FakeLog

if TYPE_CHECKING:
    from pathlib import Path

QUICK = LaneLimits(batch_rows=3, tries=3, first_delay_s=0.001, max_delay_s=0.01, idle_s=0.02)
CLICK = Event(id="e", type="click", at=5.0, user="ann", item="x")


def row(kind: Kind, key: str, body: dict[str, Any]) -> LogRow:
    """Return a row of the log."""
    return LogRow(9, 1.0, kind, key, body)


def test_rows_become_changes() -> None:
    """Events, links, own words and forgetting are told apart; what was emptied only counts."""
    assert activity_of(row(Kind.EVENT, "e", CLICK.to_body())) == Act(
        9, 5.0, "click", "ann", None, None, "x", None
    )
    assert activity_of(row(Kind.EVENT, "e", {})) == Blank(9)
    assert activity_of(row(Kind.DEVICE, "pad", {"user": "ann"})) == Link(9, "pad", "ann")
    assert activity_of(row(Kind.DEVICE, "gone", {})) is None
    assert activity_of(row(Kind.PROFILE, "ann", {"said": {}})) == Edit(9, "ann", {})
    assert activity_of(row(Kind.PROFILE, "gone", {})) is None
    forget = row(Kind.FORGET, "d", {"user": "d", "devices": ["f"]})
    assert activity_of(forget) == Forget(9, "d", ("f",))
    assert activity_of(row(Kind.ITEM_PUT, "x", {})) is None


def test_what_is_acknowledged_is_counted_at_once() -> None:
    """The lane follows past rows of other kinds, and whoever waits is told when it is there."""
    log, activity = FakeLog(), Activity()
    for number in range(10):
        log.add(NewRow(Kind.ITEM_PUT, str(number), Item(id=str(number)).to_body()))
    following = Following(log, activity, limits=QUICK)
    following.start()

    async def flow() -> None:
        writer = EventWriter(log)
        await writer.put(CLICK)
        assert writer.last_lsn == 11
        assert await following.reached(writer.last_lsn, 5)
        assert [act.item for act in activity.history(activity.keys("ann"), 5)] == ["x"]
        assert not await following.reached(12, 0.01)

    asyncio.run(flow())
    following.stop()
    assert following.lsns() == {"activity": 11}


def test_a_view_after_forgetting_is_the_one_of_the_log_alone(tmp_path: Path) -> None:
    """Live, from a snapshot before it, and rebuilt from the emptied log: all three are the same."""
    store = open_store(f"sqlite:///{tmp_path / 'log.db'}")
    live, saved = Activity(6), Activity(6)

    async def fill() -> None:
        writer = EventWriter(store.log)
        for number in range(9):
            user, device = ("ann", None) if number % 3 else (None, "pad")
            await writer.put(Event(str(number), "hide", float(number), user, device, item=f"i{number}"))
        await writer.put(Event(id="b", type="click", at=3.0, user="ben", item="x"))
        apply(saved)
        await writer.link("pad", "ann")
        await writer.edit("ann", {"tags": {"x": 1.0}})
        apply(live)
        await writer.forget("ann")

    def apply(activity: Activity) -> None:
        rows = store.log.read(activity.lsn, 100)
        activity.apply([change for one in rows if (change := activity_of(one)) is not None], rows[-1].lsn)

    asyncio.run(fill())
    apply(live)
    apply(saved)
    rebuilt = Activity(6)
    apply(rebuilt)
    store.close()
    assert live.digest() == saved.digest() == rebuilt.digest()
    assert live.barred(live.keys("ann", "pad")) == frozenset()
    assert [act.item for act in live.history(live.keys("ben"), 5)] == ["x"]
