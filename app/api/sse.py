"""Sends server-sent events, with a comment when nothing has happened for a while (WHATWG HTML, 9.2)."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

KEEP_ALIVE_S = 15.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name, its JSON data, and the id that a follower may resume after."""

    name: str
    data: Mapping[str, Any]
    id: str | None = None

    def encode(self) -> bytes:
        """Return the event as it goes over the wire."""
        head = "" if self.id is None else f"id: {self.id}\n"
        return f"{head}event: {self.name}\ndata: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode()


async def paced(
    events: AsyncGenerator[ServerEvent, None], keep_alive_s: float = KEEP_ALIVE_S
) -> AsyncGenerator[bytes, None]:
    """Yield events encoded, and a comment whenever none came for `keep_alive_s` seconds."""
    async with aclosing(events):
        pending = asyncio.ensure_future(anext(events))
        try:
            while True:
                done, _ = await asyncio.wait({pending}, timeout=keep_alive_s)
                if not done:
                    yield b": still here\n\n"
                    continue
                try:
                    event = pending.result()
                except StopAsyncIteration:
                    return
                yield event.encode()
                pending = asyncio.ensure_future(anext(events))
        finally:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)


def stream(events: AsyncGenerator[ServerEvent, None]) -> StreamingResponse:
    """Return a response that sends events until there are no more, or the caller has gone."""
    return StreamingResponse(paced(events), media_type="text/event-stream", headers=HEADERS)
