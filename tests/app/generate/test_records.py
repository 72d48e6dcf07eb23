"""After a restart unfinished jobs are made again, with the bytes they would have had."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.domain.jobs import Status
from tests.app.generate.studio import FakeEngine, open_desk, request, told

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.jobs import Job


async def undisturbed(folder: Path) -> Job:
    """Return the job of a service that was never interrupted."""
    engine = FakeEngine()
    engine.go.set()
    async with open_desk(folder, engine) as desk:
        job = await desk.service.submit(request(num_images=2, seed=3))
        return await desk.service.wait(job.id)


def test_a_reopened_store_resumes_with_the_same_bytes(tmp_path: Path) -> None:
    """A job that a killed service had accepted completes after `resume`, picture for picture the same."""

    async def scenario() -> None:
        async with open_desk(tmp_path / "a", FakeEngine()) as desk:
            job = await desk.service.submit(request(num_images=2, seed=3))
        engine = FakeEngine()
        async with open_desk(tmp_path / "a", engine) as desk:
            assert await desk.service.resume() == 1
            assert await desk.service.resume() == 0
            follower = asyncio.create_task(told(desk.service, job.id, after=40))
            await asyncio.sleep(0)
            engine.go.set()
            done = await desk.service.wait(job.id)
            assert [event.sequence for event in await follower] == list(range(10 + 1))
            assert desk.store.jobs.unfinished() == []
        calm = await undisturbed(tmp_path / "b")
        assert done.status is Status.COMPLETED
        assert [picture.digest for picture in done.pictures] == [picture.digest for picture in calm.pictures]

    asyncio.run(scenario())


def test_jobs_beyond_the_bound_wait_their_turn_and_can_be_cancelled(tmp_path: Path) -> None:
    """With room for one, the second is resumed when the first is done; the third is given up meanwhile."""

    async def scenario() -> None:
        async with open_desk(tmp_path, FakeEngine()) as desk:
            jobs = [await desk.service.submit(request(seed=i)) for i in range(3)]
        engine = FakeEngine(room=1)
        async with open_desk(tmp_path, engine) as desk:
            assert await desk.service.resume() == 3
            await asyncio.sleep(0)
            gone = asyncio.create_task(desk.service.cancel(jobs[2].id))
            engine.go.set()
            ends = [await desk.service.wait(job.id) for job in jobs[:2]]
            assert [end.status for end in ends] == [Status.COMPLETED] * 2
            assert (await gone).status is Status.CANCELLED
            assert engine.started == [jobs[0].id, jobs[1].id]

    asyncio.run(scenario())


def test_a_deadline_counts_from_acceptance(tmp_path: Path) -> None:
    """The order carries the moment at which the request's milliseconds are over."""

    async def scenario() -> None:
        engine = FakeEngine()
        async with open_desk(tmp_path, engine) as desk:
            job = await desk.service.submit(request(deadline_ms=2500))
            assert engine.orders[job.id].deadline_at == job.created_at + 2.5

    asyncio.run(scenario())
