"""A job that ended long ago is told again from what the log kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.domain.jobs import EventType
from tests.app.generate.studio import FakeEngine, open_desk, request, told

if TYPE_CHECKING:
    from pathlib import Path


def test_an_old_job_is_told_in_short(tmp_path: Path) -> None:
    """After a restart a follower who had seen event 17 gets each picture and the end, from 18 on."""

    async def scenario() -> None:
        engine = FakeEngine()
        engine.go.set()
        async with open_desk(tmp_path, engine) as desk:
            done = await desk.service.wait((await desk.service.submit(request(num_images=2))).id)
        async with open_desk(tmp_path, None) as desk:
            story = await told(desk.service, done.id, after=17)
            assert [event.sequence for event in story] == [18, 19, 20]
            assert [event.type for event in story] == [EventType.IMAGE, EventType.IMAGE, EventType.COMPLETED]
            for event, picture in zip(story, done.pictures, strict=False):
                blob = desk.store.blobs.get(picture.digest)
                assert blob is not None
                assert (event.content, event.index) == (blob.content, picture.index)
                assert (event.step, event.num_steps) == (3, 3)
            assert story[-1].job == done == await desk.service.wait(done.id)

    asyncio.run(scenario())
