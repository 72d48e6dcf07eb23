"""What bringing the log into the views promises."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import Unavailable
from app.domain.items import Item
from app.domain.log import Kind, NewRow
from app.ingest.lane import LaneLimits
from app.ingest.replay import Replay, ReplayLimits, SideLane
from tests.app.ingest.fakes import FakeCache, FakeEncoder, FakeLog, FakeViews, eventually, vector_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from app.domain.log import LogRow

QUICK = LaneLimits(batch_rows=3, tries=3, first_delay_s=0.001, max_delay_s=0.01, idle_s=0.02)
LIMITS = ReplayLimits(QUICK, QUICK)


def _put(item_id: str, title: str = "") -> NewRow:
    return NewRow(Kind.ITEM_PUT, item_id, Item(id=item_id, title=title).to_body())


def _gone(item_id: str) -> NewRow:
    return NewRow(Kind.ITEM_DELETE, item_id, {})


def _event(event_id: str) -> NewRow:
    return NewRow(Kind.EVENT, event_id, {})


def _replay(log: FakeLog, views: FakeViews, lsns: dict[str, int] | None = None) -> Replay:
    return Replay(log, views, FakeEncoder(), FakeCache(), lsns, limits=LIMITS)


def test_tail_and_news() -> None:
    """What is in the log is applied, then what comes; both lanes arrive at the newest row."""
    log, views = FakeLog(), FakeViews()
    log.add(_put("a", "cup"), _put("b", "fox"), _event("x"), _put("a", "bell"), _gone("b"))
    replay = _replay(log, views)
    replay.start()
    assert replay.wait_vectors(5, 10)
    log.add(_put("c", "tree"), _event("y"))
    assert replay.wait_applied(7, 10)
    assert replay.wait_vectors(7, 10)
    replay.stop()
    assert {key: record.title for key, record in views.records.items()} == {"a": "bell", "c": "tree"}
    assert views.vectors == {"a": vector_of("bell"), "c": vector_of("tree")}
    progress = replay.progress()
    assert (progress.applied_lsn, progress.vectors_lsn, progress.target_lsn, progress.last_lsn) == (
        7,
        7,
        5,
        7,
    )
    assert progress.tail_done
    assert replay.lsns() == {"applied": 7, "vectors": 7}


def test_goes_on_from_a_snapshot() -> None:
    """Views that hold a part of the log get the rest, each lane from its own place."""
    log, first = FakeLog(), FakeViews()
    log.add(_put("a", "cup"), _put("b", "fox"), _event("x"), _event("y"))
    replay = _replay(log, first)
    replay.start()
    assert replay.wait_vectors(4, 10)
    replay.stop()
    first.vectors.pop("b")
    log.add(_put("c", "tree"))
    encoder = FakeEncoder()
    again = Replay(log, first, encoder, FakeCache(), {"applied": 4, "vectors": 1}, limits=LIMITS)
    assert (again.applied_lsn, again.vectors_lsn) == (4, 4)  # the views know better than the older note
    again.start()
    assert again.wait_vectors(5, 10)
    again.stop()
    assert encoder.asked == [["tree"]]
    assert sorted(first.records) == ["a", "b", "c"]


def test_refreshed() -> None:
    """A task that waits for a row goes on when the row can be searched in both lanes."""
    log, views = FakeLog(), FakeViews()
    replay = _replay(log, views)
    replay.start()

    async def main() -> None:
        waiting = asyncio.create_task(replay.refreshed(2, 10))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        log.add(_put("a", "cup"), _put("b", "fox"))
        await waiting

    asyncio.run(main())
    assert views.vectors == {"a": vector_of("cup"), "b": vector_of("fox")}
    replay.stop()


def test_refresh_takes_too_long() -> None:
    """A wait over its time says that the row is durable, and which it is."""
    replay = _replay(FakeLog(), FakeViews())
    replay.start()
    with pytest.raises(Unavailable, match="row 5 is durable but not searchable"):
        asyncio.run(replay.refreshed(5, 0.02))
    replay.stop()
    with pytest.raises(Unavailable, match="no longer followed"):
        asyncio.run(replay.refreshed(5, 10))


def test_poison() -> None:
    """An item that the views refuse is skipped and counted; those around it are found."""
    log, views = FakeLog(), FakeViews(poison="bad")
    log.add(_put("a", "cup"), _put("b", "bad"), _put("c", "tree"))
    replay = _replay(log, views)
    replay.start()
    assert replay.wait_vectors(3, 10)
    health = replay.health()
    replay.stop()
    assert sorted(views.records) == ["a", "c"]
    assert (health["changes"].num_skipped, health["changes"].last_skipped) == (1, (2,))
    assert health["vectors"].num_skipped == 0


def test_vectors_never_overtake() -> None:
    """While words cannot be applied no vector is given; afterwards both are."""
    log, views = FakeLog(), FakeViews()
    views.down = True
    patient = LaneLimits(tries=10**6, first_delay_s=0.001, max_delay_s=0.001, idle_s=0.01)
    encoder = FakeEncoder()
    replay = Replay(log, views, encoder, FakeCache(), limits=ReplayLimits(patient, QUICK))
    log.add(_put("a", "cup"))
    replay.start()
    assert eventually(lambda: replay.health()["changes"].error == "RuntimeError: down")
    assert encoder.asked == []
    assert not replay.progress().tail_done
    views.down = False
    assert replay.wait_vectors(1, 10)
    replay.stop()
    assert views.vectors == {"a": vector_of("cup")}


def test_without_encoder() -> None:
    """Without an encoder there is one lane, and what is applied is all there is to wait for."""
    log, views = FakeLog(), FakeViews()
    replay = Replay(log, views, None, FakeCache(), limits=LIMITS)
    log.add(_put("a", "cup"))
    replay.start()
    assert replay.wait_vectors(1, 10)
    assert list(replay.health()) == ["changes"]
    replay.stop()
    assert (replay.vectors_lsn, views.vectors) == (1, {})


def test_further_lanes_follow_the_changes_and_are_told() -> None:
    """A further lane gets every row from its own place on; a refresh tells which of them are done."""
    log, views = FakeLog(), FakeViews()
    log.add(_put("a", "cup"), _put("b", "fox"), _put("c", "tree"))
    seen: list[int] = []
    gate = Event()

    def stuck(rows: Sequence[LogRow]) -> None:
        gate.wait(10)

    def quiet(rows: Sequence[LogRow]) -> None:
        assert rows, "a lane is handed rows"

    others = (
        SideLane("pictures", lambda rows: seen.extend(row.lsn for row in rows), 1, "pictures", QUICK),
        SideLane("slow", stuck, 0, "slowly", QUICK),
        SideLane("quiet", quiet, 0, None, QUICK),
    )
    replay = Replay(log, views, None, FakeCache(), {"applied": 0}, limits=LIMITS, others=others)
    replay.start()
    assert replay.wait_applied(3, 10)
    assert eventually(lambda: seen == [1, 2, 3])  # views that hold nothing need all of it
    assert asyncio.run(replay.told(3, 0.2)) == ("pictures",)
    assert not replay.wait_vectors(3, 0.01)
    gate.set()
    assert replay.wait_vectors(3, 10)
    assert replay.lsns() == {"applied": 3, "vectors": 3, "pictures": 3, "slow": 3, "quiet": 3}
    replay.stop()


def test_a_lane_behind_looks_far_ahead_among_events_and_misses_nothing() -> None:
    """Hundreds of events cost a lane few reads; its own rows still come in order, few at a time."""

    class Counted(FakeLog):
        """Counts how often it is read."""

        num_reads = 0

        def read(self, after: int, limit: int, kinds: Collection[Kind] | None = None) -> list[LogRow]:
            self.num_reads += 1
            return super().read(after, limit, kinds)

    log, batches = Counted(), list[list[str]]()
    mine = [_put(f"m{number}", "cup") for number in range(8)]
    log.add(*mine[:2], *(_event(f"e{number}") for number in range(900)), *mine[2:], _event("last"))

    def consume(rows: Sequence[LogRow]) -> None:
        batches.append([row.key for row in rows if row.kind is Kind.ITEM_PUT])

    side = SideLane("side", consume, 0, limits=QUICK)
    changes = ReplayLimits(LaneLimits(batch_rows=1_000), QUICK)
    replay = Replay(log, FakeViews(), None, FakeCache(), limits=changes, others=(side,))
    replay.start()
    assert replay.wait_vectors(len(log.rows), 10)
    replay.stop()
    assert [key for batch in batches for key in batch] == [row.key for row in mine]
    assert max(map(len, batches)) <= QUICK.batch_rows
    assert log.num_reads < 40
