"""Has quick calls made by a thread of its own while the event loop waits in place, for a bounded while."""

from __future__ import annotations

import weakref
from collections import deque
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

# Calls with a future each, and the lock that is released when all are made; None ends a courier.
Inbox: TypeAlias = "SimpleQueue[tuple[Sequence[tuple[Future[Any], Callable[[], Any]]], Lock] | None]"

MAX_COURIERS = 4


class Couriers:
    """A few threads that take errands, one errand at a time each; for one event loop.

    Handing an errand over and waiting for it in place costs about ten microseconds, far less than a
    task and a pool's thread for each call, and unlike a call in place it can be left behind: a call
    that hangs keeps its thread, which comes back when the call ends. Threads end with this object.
    """

    def __init__(self, max_couriers: int = MAX_COURIERS) -> None:
        self._max_couriers = max_couriers
        self._inboxes: list[Inbox] = []
        self._free: deque[Inbox] = deque()
        weakref.finalize(self, _dismiss, self._inboxes)

    def run(self, calls: Sequence[Callable[[], T]], wait_s: float) -> list[Future[T]] | None:
        """Have the calls made in their order; return a future each after `wait_s` at the latest.

        A future that is not done then belongs to a call that still runs; or to one that has not
        begun, and which `cancel` takes back. None when every courier is out.
        """
        inbox = self._available()
        if inbox is None:
            return None
        jobs: list[tuple[Future[T], Callable[[], T]]] = [(Future(), call) for call in calls]
        done = Lock()
        done.acquire()
        inbox.put((jobs, done))
        done.acquire(timeout=max(wait_s, 0.0))
        return [future for future, _ in jobs]

    def _available(self) -> Inbox | None:
        if self._free:
            return self._free.pop()
        if len(self._inboxes) >= self._max_couriers:
            return None
        inbox: Inbox = SimpleQueue()
        self._inboxes.append(inbox)
        name = f"courier-{len(self._inboxes)}"
        Thread(target=_deliver, args=(inbox, self._free), name=name, daemon=True).start()
        return inbox


def _deliver(inbox: Inbox, free: deque[Inbox]) -> None:
    """Run errands until told to stop; the inbox is free again before the errand is told to be done."""
    while (errand := inbox.get()) is not None:
        jobs, done = errand
        for future, call in jobs:
            _settle(future, call)
        del future, call, jobs, errand
        free.append(inbox)
        done.release()


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - whatever it was, the one who waits must learn of it
        future.set_exception(error)
    else:
        future.set_result(result)


def _dismiss(inboxes: Sequence[Inbox]) -> None:
    for inbox in inboxes:
        inbox.put(None)
