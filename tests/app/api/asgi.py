"""Drives an ASGI application without a socket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(slots=True)
class Echo:
    """An innermost application: reads the whole body, counts calls, answers 200 with the body's length."""

    calls: int = 0
    delay_s: float = 0.0

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        size, more = 0, True
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        await asyncio.sleep(self.delay_s)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(size).encode()})


def call(app: ASGIApp, method: str, path: str, **options: Any) -> httpx.Response:
    """Return the answer to one request."""
    return calls(app, [(method, path, options)])[0]


def calls(app: ASGIApp, requests: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
    """Return the answers to requests that are made at the same time."""

    async def together() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await asyncio.gather(*(client.request(m, p, **options) for m, p, options in requests))

    return asyncio.run(together())
