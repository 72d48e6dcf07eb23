"""Holds a job while it is made: what happened so far, and who follows it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.errors import Unavailable
from app.domain.jobs import EventType, JobEvent, Status
from app.generate.materials import NOTHING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from app.domain.jobs import Job
    from app.generate.develop import Print
    from app.generate.materials import Materials

ENDS = {
    Status.COMPLETED: EventType.COMPLETED,
    Status.CANCELLED: EventType.CANCELLED,
    Status.FAILED: EventType.FAILED,
}


class Live:
    """One event loop owns it. `over` is set once nothing more will happen here.

    A job that ends without a final status was interrupted (`interrupt`): its followers are told so,
    and it stays unfinished in the log.
    """

    def __init__(self, job: Job, materials: Materials = NOTHING) -> None:
        self.job = job
        self.materials = materials
        self.prints: dict[int, Print] = {}
        self.errors: dict[int, str] = {}
        self.is_cancelled = False
        self.over = asyncio.Event()
        self._history: list[JobEvent] = []
        self._news = asyncio.Event()
        self.tell(JobEvent(job.id, 0, EventType.QUEUED))

    @property
    def is_settled(self) -> bool:
        """Whether each picture came or failed."""
        return len(self.prints) + len(self.errors) == self.job.request.num_images

    @property
    def num_bytes(self) -> int:
        """Bytes of pictures that the history holds."""
        return sum(len(event.content) for event in self._history if event.content is not None)

    def tell(self, event: JobEvent) -> None:
        """Number an event, add it to the history and wake the followers."""
        self._history.append(replace(event, sequence=len(self._history)))
        self._wake()

    def finish(self, job: Job) -> None:
        """Tell the end. `job` has a final status."""
        self.job = job
        self.over.set()
        self.tell(JobEvent(job.id, 0, ENDS[job.status], job=job))

    def interrupt(self) -> None:
        """Let followers go without an end."""
        self.over.set()
        self._wake()

    async def follow(self, after: int) -> AsyncGenerator[JobEvent, None]:
        """Yield what happened after event `after`, then what happens, up to the end.

        An `after` from an earlier life of the job, which this one has not reached, starts from the
        beginning. Raises Unavailable when the job is interrupted.
        """
        place = after + 1 if after < len(self._history) else 0
        while True:
            news = self._news
            while place < len(self._history):
                event = self._history[place]
                place += 1
                yield event
                if event.job is not None:
                    return
            if self.over.is_set():
                if self.job.status.is_final:
                    return
                raise Unavailable("the service is closing; the job goes on when it is back")
            await news.wait()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Recent:
    """The jobs that finished last, so that a follower who comes back finds the same numbers.

    Forgets the oldest when the pictures in their histories pass `max_bytes`.
    """

    def __init__(self, max_bytes: int, max_jobs: int = 1_000) -> None:
        self._max_bytes = max_bytes
        self._max_jobs = max_jobs
        self._lives: OrderedDict[str, Live] = OrderedDict()
        self._num_bytes = 0

    def add(self, live: Live) -> None:
        """Remember a finished job."""
        self._lives[live.job.id] = live
        self._num_bytes += live.num_bytes
        while self._num_bytes > self._max_bytes or len(self._lives) > self._max_jobs:
            _, oldest = self._lives.popitem(last=False)
            self._num_bytes -= oldest.num_bytes

    def get(self, job_id: str) -> Live | None:
        """Return a job that is still remembered."""
        return self._lives.get(job_id)
