"""A worker process speaks when spoken to and ends with its parent's line."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from app.domain.jobs import EventType
from app.worker import messages
from app.worker.child import spawn
from app.worker.messages import Setup

if TYPE_CHECKING:
    from app.domain.engine import EngineEvent

LOADER = "tests.app.worker.tiny:load"


def test_a_worker_from_ready_to_hang_up() -> None:
    """It is ready with its digest, a bad order fails alone, the next is made, closing the line ends it."""

    async def scenario() -> None:
        child = await spawn(Setup("plain", loader=LOADER, niceness=3))
        ready = await child.read()
        assert (ready["kind"], ready["about"]["digest"]) == ("ready", "tiny" * 16)
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 3
        for job, sampler in (("bad", "magic"), ("good", "euler")):
            request = {"prompt": "cat", "sampler": sampler, "steps": 1}
            body = {"job_id": job, "request": request, "indices": [0], "deadline_at": None}
            child.send("order", order=body)
        events: list[EngineEvent] = []
        while not any(event.type is EventType.IMAGE for event in events):
            message = await child.read()
            events += [messages.event_from(body) for body in message.get("events", [])]
        assert (events[0].job_id, events[0].type) == ("bad", EventType.FAILED)
        assert "magic" in (events[0].error or "")
        assert events[-1].job_id == "good"
        assert await child.close(10.0) == 0
        child.send("cancel", job_id="nobody")

    asyncio.run(scenario())
