"""Takes generation requests, sees them through the engine, and keeps what comes of them in the log."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from app.domain.errors import Conflict, NotFound, Overloaded, TrouvereError, Unavailable
from app.domain.jobs import EventType, Job, JobEvent, Status
from app.generate import develop
from app.generate.live import Live, Recent
from app.generate.materials import gather
from app.generate.records import ended, final_rows, job_row, order_of, settled, told
from app.generate.replay import told_again
from app.generate.validate import checked, drawn_size

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence

    from app.domain.engine import Engine, EngineEvent
    from app.domain.jobs import GenerationRequest
    from app.domain.log import Appended, Blob, Claim, NewRow
    from app.domain.ports import Blobs, Jobs, Log
    from app.generate.copies import Copies
    from app.generate.finds import Finds
    from app.generate.prime import Prime

T = TypeVar("T")

logger = logging.getLogger(__name__)

POLL_S = 0.25
RETRY_S = 1.0
REMEMBERED_BYTES = 64 * 1024 * 1024


class Generation:
    """The use case. One event loop owns it; `engine` is None on a node that only searches.

    A job is durable in the log before it is acknowledged. Its pictures, the items they are kept as
    and its final row are one append. What a crash leaves unfinished, `resume` makes again.
    """

    def __init__(
        self,
        log: Log,
        jobs: Jobs,
        blobs: Blobs,
        engine: Engine | None,
        clock: Callable[[], float],
        ids: Callable[[], str],
        *,
        finds: Finds | None = None,
        copies: Copies | None = None,
    ) -> None:
        self._log = log
        self._jobs = jobs
        self._blobs = blobs
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._finds = finds
        self._copies = copies
        self._lives: dict[str, Live] = {}
        self._recent = Recent(REMEMBERED_BYTES)
        self._accepting: set[asyncio.Task[Job]] = set()
        self._making: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def submit(
        self,
        request: GenerationRequest,
        claim: Claim | None = None,
        *,
        uploads: tuple[Blob, ...] = (),
        prime: Prime | None = None,
        neighbours: Sequence[str] | None = None,
    ) -> Job:
        """Accept a request durably and start on it; the same claim again is the same job.

        `uploads` are what the request names by digest and the store may lack. With `prime` a source
        may be found for a request that has none; with `neighbours` the model is shown these items, or where
        there are none the nearest. Raises InvalidInput (with the field), Overloaded (with
        when to come back), Unavailable, and Conflict when the claim's key stands for another request.
        """
        engine = self._running()
        if claim is not None and (first := self._log.claimed(claim)) is not None:
            return self._claimed(first)
        wanted = checked(request, engine)
        if self._finds is not None:
            wanted, latents = await self._finds.added(wanted, prime, neighbours, engine)
            uploads = (*uploads, *latents)
        size = drawn_size(wanted, engine)
        materials = await asyncio.to_thread(gather, wanted, self._blobs, size, uploads)
        job = Job(self._ids(), wanted, Status.QUEUED, self._clock())
        self._running().admit(order_of(job, materials))
        # A caller who hangs up must not leave the place taken and the row half written.
        accepting = self._accept(engine, Live(job, materials), uploads, claim)
        return await asyncio.shield(self._spawn(accepting, self._accepting))

    def get(self, job_id: str) -> Job:
        """Return where a job stands. Raises NotFound."""
        live = self._lives.get(job_id)
        job = live.job if live is not None else self._jobs.get(job_id)
        if job is None:
            raise NotFound("job", job_id)
        return job

    async def events(self, job_id: str, after: int = -1) -> AsyncGenerator[JobEvent, None]:
        """Yield the job's events after number `after`, then new ones, to the last, which has the job.

        A job that ended long ago is told again in short: its pictures and its end, numbered from
        after + 1. Raises NotFound, and Unavailable when the service closes before the job ends.
        """
        live = self._lives.get(job_id) or self._recent.get(job_id)
        if live is None:
            job = await self._elsewhere(job_id)
            for event in await asyncio.to_thread(told_again, job, self._blobs, after):
                yield event
            return
        async with aclosing(live.follow(after)) as events:
            async for event in events:
                yield event

    async def wait(self, job_id: str) -> Job:
        """Return the job once its status is final. Raises NotFound, Unavailable like `events`."""
        live = self._lives.get(job_id)
        if live is None:
            return await self._elsewhere(job_id)
        await live.over.wait()
        if not live.job.status.is_final:
            raise Unavailable("the service is closing; the job goes on when it is back")
        return live.job

    async def cancel(self, job_id: str) -> Job:
        """Give a job up and return it; one that has ended, or is just ending, stays as it is.

        Raises NotFound, and Conflict for a job that another process makes.
        """
        live = self._lives.get(job_id)
        if live is None:
            job = self.get(job_id)
            if not job.status.is_final:
                raise Conflict(f"the job {job_id!r} is made by another process")
            return job
        live.is_cancelled = True
        if self._engine is not None:
            await self._engine.cancel(job_id)
        return await self.wait(job_id)

    async def resume(self) -> int:
        """Start again on every job the log has unfinished, with the same bytes; return how many."""
        engine = self._engine
        if engine is None:
            return 0
        unfinished = [job for job in self._jobs.unfinished() if job.id not in self._lives]
        for job in unfinished:
            live = self._lives[job.id] = Live(replace(job, status=Status.QUEUED))
            self._spawn(self._resume(engine, live), self._making)
        return len(unfinished)

    async def close(self) -> None:
        """Stop; unfinished jobs stay so in the log, and their followers are told Unavailable."""
        self._is_closed = True
        await asyncio.gather(*self._accepting, return_exceptions=True)
        for task in self._making:
            task.cancel()
        await asyncio.gather(*self._making, return_exceptions=True)

    def _running(self) -> Engine:
        if self._engine is None:
            raise Unavailable("this node has no generator")
        if self._is_closed:
            raise Unavailable("the service is closing")
        return self._engine

    async def _accept(
        self, engine: Engine, live: Live, uploads: tuple[Blob, ...], claim: Claim | None
    ) -> Job:
        job = live.job
        try:
            appended = await self._log.append([job_row(job, *uploads)], claim)
        except BaseException:
            await engine.cancel(job.id)
            raise
        if appended.replayed:
            await engine.cancel(job.id)
            return self._claimed(appended)
        self._lives[job.id] = live
        self._spawn(self._make(engine, live), self._making)
        return job

    def _claimed(self, first: Appended) -> Job:
        """Return the job whose row the claim wrote."""
        return self.get(self._log.read(first.lsn - 1, 1)[0].key)

    async def _resume(self, engine: Engine, live: Live) -> None:
        """Wait for a place in the queue, then make the job."""
        try:
            request, size = live.job.request, drawn_size(live.job.request, engine)
            live.materials = await asyncio.to_thread(gather, request, self._blobs, size)
            while not (live.is_cancelled or _admitted(engine, live)):  # noqa: ASYNC110  # no event says it
                await asyncio.sleep(RETRY_S)
        except TrouvereError as error:
            logger.warning("job %s is not resumed: %s", live.job.id, error)
            self._forget(live)
        else:
            await self._make(engine, live)

    async def _make(self, engine: Engine, live: Live) -> None:
        """See a job through to its end, or to an interruption that leaves it for `resume`."""
        try:
            async with aclosing(engine.start(live.job.id)) as events:
                async for event in events:
                    await self._take(engine, live, event)
            if live.is_settled:
                await self._finish(live, settled(live, self._clock()))
            elif live.is_cancelled:
                await self._finish(live, ended(live, Status.CANCELLED, self._clock()))
        except Exception:
            logger.exception("job %s was interrupted", live.job.id)
        finally:
            self._forget(live)

    async def _take(self, engine: Engine, live: Live, event: EngineEvent) -> None:
        """Turn one event of the engine into one of the job."""
        if event.type is EventType.STARTED:
            live.job = replace(live.job, status=Status.RUNNING)
            live.tell(JobEvent(live.job.id, 0, EventType.STARTED))
        elif event.type is EventType.PROGRESS:
            live.tell(told(event))
        elif event.type is EventType.FAILED and event.index is not None:
            live.errors[event.index] = event.error or "unknown"
        elif event.type is EventType.PARTIAL_IMAGE and event.pixels is not None:
            shown = await asyncio.to_thread(develop.preview, live.job.request, event.pixels)
            live.tell(told(event, *shown))
        elif event.type is EventType.IMAGE and event.index is not None:
            await self._keep(engine, live, event, event.index)

    async def _keep(self, engine: Engine, live: Live, event: EngineEvent, index: int) -> None:
        try:
            made = await asyncio.to_thread(develop.finished, live.job, event, engine.digest, self._copies)
        except Exception as error:
            logger.exception("picture %d of job %s cannot be encoded", index, live.job.id)
            live.errors[index] = f"{type(error).__name__}: {error}"
        else:
            live.prints[index] = made
            live.tell(told(event, made.blob.content, made.blob.media_type))

    async def _finish(self, live: Live, job: Job) -> None:
        """Make the end durable with all that belongs to it, then tell it."""
        prints = [live.prints[picture.index] for picture in job.pictures]
        rows = final_rows(job, prints)
        await self._append(rows)
        live.finish(job)
        self._recent.add(live)

    async def _append(self, rows: list[NewRow]) -> None:
        """Append, and when the log has no room just now, wait and try again: the work is done."""
        while True:
            try:
                await self._log.append(rows)
            except Overloaded as error:
                await asyncio.sleep(min(error.retry_after_s, RETRY_S))
            else:
                return

    async def _elsewhere(self, job_id: str) -> Job:
        """Return a job that is not made here once it has ended, which another process sees to."""
        while not (job := self.get(job_id)).status.is_final:
            if self._is_closed:
                raise Unavailable("the service is closing; the job goes on when it is back")
            await asyncio.sleep(POLL_S)
        return job

    def _forget(self, live: Live) -> None:
        self._lives.pop(live.job.id, None)
        if not live.over.is_set():
            live.interrupt()

    def _spawn(self, work: Coroutine[Any, Any, T], tasks: set[asyncio.Task[T]]) -> asyncio.Task[T]:
        """Run in the background, held by `tasks` until it is over."""
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task


def _admitted(engine: Engine, live: Live) -> bool:
    try:
        engine.admit(order_of(live.job, live.materials))
    except Overloaded:
        return False
    return True
