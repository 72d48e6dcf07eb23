"""Tests that events go over the wire as the standard says, and that leaving ends their source."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.api import sse
from app.api.sse import ServerEvent, paced

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


def test_an_event_is_its_id_name_and_data_on_one_line() -> None:
    """Line breaks inside data stay escaped, so that an event is never torn."""
    event = ServerEvent("progress", {"text": "a\nb", "n": 1}, id="7")
    assert event.encode() == b'id: 7\nevent: progress\ndata: {"text": "a\\nb", "n": 1}\n\n'
    assert ServerEvent("x", {}).encode() == b"event: x\ndata: {}\n\n"


def test_silence_is_filled_with_comments() -> None:
    """While nothing happens a comment keeps the connection open; every event still comes, in order."""

    async def slow() -> AsyncGenerator[ServerEvent, None]:
        for number in range(2):
            await asyncio.sleep(0.05)
            yield ServerEvent("tick", {"n": number})

    async def collect() -> list[bytes]:
        return [piece async for piece in paced(slow(), keep_alive_s=0.02)]

    pieces = asyncio.run(collect())
    assert pieces.count(b": still here\n\n") >= 2
    assert [p for p in pieces if p.startswith(b"event")] == [
        b'event: tick\ndata: {"n": 0}\n\n',
        b'event: tick\ndata: {"n": 1}\n\n',
    ]
    assert sse.KEEP_ALIVE_S == 15.0


def test_leaving_closes_the_source() -> None:
    """When the follower goes away the source's own clean-up runs."""
    closed = False

    async def endless() -> AsyncGenerator[ServerEvent, None]:
        nonlocal closed
        try:
            while True:
                yield ServerEvent("tick", {})
                await asyncio.sleep(10)
        finally:
            closed = True

    async def leave() -> None:
        events = paced(endless())
        await anext(events)
        await events.aclose()

    asyncio.run(leave())
    assert closed
