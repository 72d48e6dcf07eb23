"""The mailbox knows what is owed, says when there will be room, and outlives its worker."""

from __future__ import annotations

import pytest

from app.domain.engine import EngineEvent
from app.domain.errors import Conflict, Overloaded
from app.domain.jobs import EventType
from app.worker.mailbox import Entry, Mailbox
from tests.app.worker.studio import order

COST = 10


def mailbox_of(max_pictures: int = 8) -> Mailbox:
    """Return a mailbox in which a picture costs ten evaluations of half a second."""
    return Mailbox(max_pictures, lambda _: COST, 0.5)


def wanted(mailbox: Mailbox, job_id: str, num_images: int = 1) -> Entry:
    """Admit an order and let it be sent."""
    mailbox.admit(order(job_id, num_images=num_images))
    return mailbox.want(job_id)


def sent(mailbox: Mailbox) -> list[tuple[str, tuple[int, ...]]]:
    """Return what has to be sent now."""
    return [(found.job_id, found.indices) for found in mailbox.to_send()]


def told(entry: Entry) -> list[EngineEvent | None]:
    """Return what its waiter would receive."""
    return [entry.events.get_nowait() for _ in range(entry.events.qsize())]


def test_a_full_mailbox_says_when_it_will_be_empty() -> None:
    """The time to come back is the exact remaining evaluations times the seconds of one."""
    mailbox = mailbox_of(max_pictures=3)
    wanted(mailbox, "a", num_images=2)
    mailbox.deliver(EngineEvent("a", EventType.PROGRESS, 0, step=4))
    mailbox.seconds_per_evaluation = 0.25
    with pytest.raises(Overloaded) as refusal:
        mailbox.admit(order("b", num_images=2))
    assert refusal.value.retry_after_s == (COST - 4 + COST) * 0.25
    mailbox.admit(order("c"))
    assert (mailbox.num_pictures, mailbox.remaining) == (3, 26)


def test_finished_pictures_make_room() -> None:
    """A picture that came no longer counts, although its job is not over."""
    mailbox = mailbox_of(max_pictures=2)
    wanted(mailbox, "a", num_images=2)
    mailbox.deliver(EngineEvent("a", EventType.IMAGE, 0))
    mailbox.admit(order("b"))
    assert mailbox.num_pictures == 2


def test_a_job_has_one_place() -> None:
    """The same job cannot be admitted twice."""
    mailbox = mailbox_of()
    mailbox.admit(order("a"))
    with pytest.raises(Conflict):
        mailbox.admit(order("a"))


def test_only_wanted_orders_are_sent_and_once() -> None:
    """Admission alone sends nothing; wanting sends once."""
    mailbox = mailbox_of()
    mailbox.admit(order("a", num_images=2))
    assert sent(mailbox) == []
    mailbox.want("a")
    assert sent(mailbox) == [("a", (0, 1))]
    assert sent(mailbox) == []


def test_events_end_when_every_picture_came_or_failed() -> None:
    """The waiter gets each event and then the end."""
    mailbox = mailbox_of()
    entry = wanted(mailbox, "a", num_images=2)
    events = [EngineEvent("a", EventType.IMAGE, 1), EngineEvent("a", EventType.FAILED, 0, error="no")]
    for event in events:
        mailbox.deliver(event)
    assert told(entry) == [*events, None]


def test_what_nobody_waits_for_is_dropped() -> None:
    """Events of unknown jobs, and second pictures of one index, change nothing."""
    mailbox = mailbox_of()
    entry = wanted(mailbox, "a", num_images=2)
    for event in (EngineEvent("b", EventType.IMAGE, 0), *[EngineEvent("a", EventType.IMAGE, 0)] * 2):
        mailbox.deliver(event)
    assert len(told(entry)) == 1
    assert mailbox.num_pictures == 1


def test_after_a_death_only_what_is_missing_is_owed_again() -> None:
    """A picture that came stays; the other is ordered again from its start."""
    mailbox = mailbox_of()
    wanted(mailbox, "a", num_images=3)
    sent(mailbox)
    mailbox.deliver(EngineEvent("a", EventType.IMAGE, 1))
    mailbox.deliver(EngineEvent("a", EventType.PROGRESS, 0, step=9))
    mailbox.worker_died()
    assert mailbox.remaining == 2 * COST
    assert sent(mailbox) == [("a", (0, 2))]


def test_an_order_that_keeps_killing_the_worker_runs_alone_and_then_fails() -> None:
    """After two deaths a job is sent alone; the one that dies alone fails, its mate is finished."""
    mailbox = mailbox_of()
    innocent, culprit = wanted(mailbox, "innocent"), wanted(mailbox, "culprit")
    for _ in range(2):
        assert len(sent(mailbox)) == 2
        for job in ("innocent", "culprit"):
            mailbox.deliver(EngineEvent(job, EventType.STARTED))
        mailbox.worker_died()
    wanted(mailbox, "fresh")
    assert sent(mailbox) == [("innocent", (0,))]
    assert sent(mailbox) == []
    mailbox.deliver(EngineEvent("innocent", EventType.IMAGE, 0))
    assert told(innocent)[-1] is None
    assert sent(mailbox) == [("culprit", (0,))]
    mailbox.deliver(EngineEvent("culprit", EventType.STARTED))
    mailbox.worker_died()
    failure = told(culprit)[-2]
    assert failure is not None
    assert failure.error == "the worker died 3 times while it made this"
    assert sent(mailbox) == [("fresh", (0,))]


def test_waiting_is_no_crime() -> None:
    """A job that had not begun when the worker died is not suspected of anything."""
    mailbox = mailbox_of()
    wanted(mailbox, "a")
    for _ in range(5):
        sent(mailbox)
        mailbox.worker_died()
    assert mailbox.num_pictures == 1


def test_leaving_frees_the_place_and_ends_the_events() -> None:
    """A cancelled order has no place and its waiter is let go; `clear` does so for all."""
    mailbox = mailbox_of(max_pictures=2)
    entry, other = wanted(mailbox, "a"), wanted(mailbox, "b")
    assert mailbox.leave("a") is entry
    assert mailbox.leave("a") is None
    mailbox.clear()
    assert (told(entry), told(other)) == ([None], [None])
    assert mailbox.num_pictures == 0


def test_failing_all_tells_every_waiter_why() -> None:
    """When the worker cannot be started, each picture that is owed fails with the reason."""
    mailbox = mailbox_of()
    entry = wanted(mailbox, "a", num_images=2)
    mailbox.fail_all("no model")
    assert [event and event.error for event in told(entry)] == ["no model", "no model", None]
