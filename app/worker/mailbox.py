"""Keeps the orders that the worker owes: bounded, with what each still costs, safe against its death."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.domain.engine import EngineEvent
from app.domain.errors import Conflict, Overloaded
from app.domain.jobs import EventType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.domain.engine import Order

SUSPECT_AFTER = 2  # deaths of the worker while it ran the job, before the job has to run alone
CONDEMN_AFTER = 3  # deaths before the job fails; the last of them it caused alone
ENDS_PICTURE = frozenset({EventType.IMAGE, EventType.FAILED})


@dataclass(slots=True)
class Entry:
    """One order in the mailbox. `missing` says how many evaluations each unfinished picture still costs.

    deaths: how often the worker died while it ran this order.
    """

    order: Order
    cost: int
    missing: dict[int, int]
    events: asyncio.Queue[EngineEvent | None] = field(default_factory=asyncio.Queue)
    is_wanted: bool = False
    is_sent: bool = False
    has_begun: bool = False
    deaths: int = 0

    @property
    def is_over(self) -> bool:
        """Whether every picture came or failed."""
        return not self.missing


class Mailbox:
    """Up to `max_pictures` unfinished pictures. One event loop owns it.

    cost: evaluations of one picture of an order.
    """

    def __init__(
        self, max_pictures: int, cost: Callable[[Order], int], seconds_per_evaluation: float
    ) -> None:
        self._max_pictures = max_pictures
        self.cost = cost
        self.seconds_per_evaluation = seconds_per_evaluation
        self._entries: dict[str, Entry] = {}

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._entries

    @property
    def num_pictures(self) -> int:
        """Unfinished pictures."""
        return sum(len(entry.missing) for entry in self._entries.values())

    @property
    def remaining(self) -> int:
        """Evaluations until nothing is owed."""
        return sum(sum(entry.missing.values()) for entry in self._entries.values())

    @property
    def drain_s(self) -> float:
        """Predicted seconds until nothing is owed."""
        return self.remaining * self.seconds_per_evaluation

    def admit(self, order: Order) -> None:
        """Take a place. Raises Overloaded when there is none, Conflict for a job that has one."""
        if order.job_id in self._entries:
            raise Conflict(f"the job {order.job_id!r} is being made already")
        waiting = self.num_pictures
        if waiting + len(order.indices) > self._max_pictures:
            message = f"{waiting} pictures wait, the queue holds {self._max_pictures}"
            raise Overloaded(message, retry_after_s=self.drain_s)
        cost = self.cost(order)
        self._entries[order.job_id] = Entry(order, cost, dict.fromkeys(order.indices, cost))

    def want(self, job_id: str) -> Entry:
        """Let an admitted order be sent. Raises KeyError."""
        entry = self._entries[job_id]
        entry.is_wanted = True
        return entry

    def leave(self, job_id: str) -> Entry | None:
        """Free the order's place and end its events; None when it has no place."""
        entry = self._entries.pop(job_id, None)
        if entry is not None:
            entry.events.put_nowait(None)
        return entry

    def to_send(self) -> Iterator[Order]:
        """Yield what the worker should have now and has not, and count it as sent.

        A suspect, which the worker died of more than once, is sent alone, before everybody else.
        """
        owed = [entry for entry in self._entries.values() if entry.is_wanted and not entry.is_over]
        suspects = [entry for entry in owed if entry.deaths >= SUSPECT_AFTER]
        if suspects:
            suspects.sort(key=lambda entry: not entry.is_sent)
            owed = [] if any(entry.is_sent for entry in owed) else suspects[:1]
        for entry in owed:
            if not entry.is_sent:
                entry.is_sent = True
                yield replace(entry.order, indices=tuple(entry.missing))

    def deliver(self, event: EngineEvent) -> None:
        """Pass an event on to who waits for it; what nobody waits for any more is dropped."""
        entry = self._entries.get(event.job_id)
        if entry is None or (event.index is not None and event.index not in entry.missing):
            return
        if event.type is EventType.STARTED:
            entry.has_begun = True
        if event.index is not None:
            _count(entry, event.index, event)
        entry.events.put_nowait(event)
        if entry.is_over:
            entry.events.put_nowait(None)

    def worker_died(self) -> None:
        """Owe everything again that is not finished; an order that keeps killing the worker fails."""
        for entry in list(self._entries.values()):
            entry.deaths += entry.has_begun
            entry.is_sent = entry.has_begun = False
            entry.missing = dict.fromkeys(entry.missing, entry.cost)
            if entry.deaths >= CONDEMN_AFTER:
                self._fail(entry, f"the worker died {entry.deaths} times while it made this")

    def fail_all(self, error: str) -> None:
        """Fail every picture that is owed."""
        for entry in list(self._entries.values()):
            self._fail(entry, error)

    def clear(self) -> None:
        """Free every place; events end where they are."""
        for job_id in list(self._entries):
            self.leave(job_id)

    def _fail(self, entry: Entry, error: str) -> None:
        for index in list(entry.missing):
            self.deliver(EngineEvent(entry.order.job_id, EventType.FAILED, index, error=error))


def _count(entry: Entry, index: int, event: EngineEvent) -> None:
    if event.type in ENDS_PICTURE:
        del entry.missing[index]
    elif event.step is not None:
        whole = entry.cost if event.num_steps is None else event.num_steps
        entry.missing[index] = whole - event.step
