"""What following the log promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.log import Kind, NewRow
from app.ingest.lane import Lane, LaneLimits
from tests.app.ingest.fakes import FakeLog, eventually

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.log import LogRow

QUICK = LaneLimits(batch_rows=4, tries=3, first_delay_s=0.001, max_delay_s=0.01, idle_s=0.02)


class Consumer:
    """Takes rows in order and fails where it is told to."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.sizes: list[int] = []
        self.failures: dict[int, int] = {}  # how often a row still fails

    def __call__(self, rows: Sequence[LogRow]) -> None:
        """Take rows, all or none."""
        for row in rows:
            if self.failures.get(row.lsn, 0):
                self.failures[row.lsn] -= 1
                raise ValueError(f"row {row.lsn}")
        self.taken += [row.lsn for row in rows]
        self.sizes.append(len(rows))


def _log(num_rows: int) -> FakeLog:
    log = FakeLog()
    log.add(*(NewRow(Kind.ITEM_PUT, str(i), {"id": str(i)}) for i in range(num_rows)))
    return log


def test_everything_once_in_order() -> None:
    """Rows come in order, from the start given, in batches no larger than asked, new ones too."""
    log, consumer = _log(10), Consumer()
    lane = Lane("test", log, consumer, 3, QUICK)
    lane.start()
    assert lane.progress.wait(10, 10)
    log.add(NewRow(Kind.ITEM_PUT, "new", {"id": "new"}))
    assert lane.progress.wait(11, 10)
    lane.stop()
    assert consumer.taken == list(range(4, 12))
    assert max(consumer.sizes) <= 4
    assert lane.health().error is None


def test_passing_failure() -> None:
    """A row that fails for a while is tried again until it succeeds, and nothing is skipped."""
    log, consumer = _log(6), Consumer()
    consumer.failures = {2: 3}
    lane = Lane("test", log, consumer, 0, QUICK)
    lane.start()
    assert lane.progress.wait(6, 10)
    lane.stop()
    assert consumer.taken == [1, 2, 3, 4, 5, 6]
    assert lane.health().num_skipped == 0


def test_poison() -> None:
    """A row that always fails is skipped after its tries, counted and named; the others are taken."""
    log, consumer = _log(6), Consumer()
    consumer.failures = {2: 10**6, 5: 10**6}
    lane = Lane("test", log, consumer, 0, QUICK)
    lane.start()
    assert lane.progress.wait(6, 10)
    lane.stop()
    assert consumer.taken == [1, 3, 4, 6]
    health = lane.health()
    assert (health.num_skipped, health.last_skipped, health.error) == (2, (2, 5), None)
    tried = 10**6 - consumer.failures[2]
    assert tried == 1 + QUICK.tries


def test_health_while_failing() -> None:
    """While something fails its error is seen, and stopping does not wait for the retries."""
    log, consumer = _log(1), Consumer()
    consumer.failures = {1: 10**6}
    patient = LaneLimits(tries=5, first_delay_s=60.0, max_delay_s=60.0)
    lane = Lane("test", log, consumer, 0, patient)
    lane.start()
    assert eventually(lambda: lane.health().error == "ValueError: row 1")
    assert lane.health().alive
    lane.stop()
    assert not lane.health().alive
    assert lane.progress.lsn == 0


def test_unreadable_log() -> None:
    """A log that cannot be read for a while is read on when it is back."""
    log, consumer = _log(3), Consumer()
    log.broken = 4
    lane = Lane("test", log, consumer, 0, QUICK)
    lane.start()
    assert lane.progress.wait(3, 10)
    lane.stop()
    assert consumer.taken == [1, 2, 3]


def test_stop_before_start() -> None:
    """A lane that never started can be stopped."""
    lane = Lane("test", _log(1), Consumer(), 0, QUICK)
    lane.stop()
    assert lane.progress.wait(1, 10) is False
