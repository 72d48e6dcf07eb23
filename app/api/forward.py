"""Passes requests that only the owning process can answer on to it, and its answers back as they come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h11

from app.api.errors import known_problem
from app.domain.errors import TooLarge, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWNED = ("/v1/images", "/v1/jobs", "/v1/models")
SEARCH = "/v1/search"
WORD = b"generate"  # what a search says that wants a picture made
HOP = frozenset({b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade"})
CHUNK = 65_536


class Forward:
    """Stands before the routes of a process that does not own the data folder.

    Requests about pictures, jobs and models go to the owner through its door, and searches that may want a
    picture made; all others are answered here. While `decided` says that an experiment may want pictures
    made, every search may.
    """

    def __init__(
        self,
        app: ASGIApp,
        door: Callable[[], Path | None],
        limit_bytes: int,
        decided: Callable[[], bool] = lambda: False,
    ) -> None:
        self._app = app
        self._door = door
        self._limit_bytes = limit_bytes
        self._decided = decided

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith(OWNED):
            await self._pass_on(scope, receive, send)
        elif scope["path"] == SEARCH:
            await self._search(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _search(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _whole(receive, self._limit_bytes)
        if body is None:
            await known_problem(scope, TooLarge("body", self._limit_bytes))(scope, receive, send)
            return
        again = _Again(body, receive)
        wants = WORD in body or WORD in scope["query_string"] or self._decided()
        await (self._pass_on if wants else self._app)(scope, again, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._door()
        try:
            if door is None:
                raise FileNotFoundError
            reader, writer = await asyncio.open_unix_connection(str(door))
        except OSError:
            error = Unavailable("the process that makes pictures is not there")
            await known_problem(scope, error)(scope, receive, send)
            return
        try:
            await _exchange(scope, receive, send, reader, writer)
        finally:
            writer.close()


class _Again:
    """A body that was read once, to be read once more; then what the client does."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._first: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._receive = receive

    async def __call__(self) -> Message:
        first, self._first = self._first, None
        return first or await self._receive()


async def _whole(receive: Receive, limit_bytes: int) -> bytes | None:
    """Return the whole body, None when it is over the limit."""
    parts, size = [], 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit_bytes:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _exchange(
    scope: Scope,
    receive: Receive,
    send: Send,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Send the request, then its answer part by part; a client that hangs up ends both."""
    wire = h11.Connection(h11.CLIENT)
    writer.write(wire.send(_request(scope)))
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if message.get("body"):
            writer.write(wire.send(h11.Data(message["body"])) or b"")
        await writer.drain()
        more = bool(message.get("more_body"))
    writer.write(wire.send(h11.EndOfMessage()) or b"")
    await writer.drain()
    answer = asyncio.create_task(_answer(wire, reader, send))
    gone = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            await answer
    finally:
        for task in (answer, gone):
            task.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


def _request(scope: Scope) -> h11.Request:
    headers = [(name, value) for name, value in scope["headers"] if name not in HOP]
    if not any(name == b"content-length" for name, _ in headers) and scope["method"] in {"POST", "PUT"}:
        headers.append((b"transfer-encoding", b"chunked"))
    query = scope["query_string"]
    target = scope["raw_path"] + (b"?" + query if query else b"")
    return h11.Request(method=scope["method"], target=target, headers=[*headers, (b"connection", b"close")])


async def _answer(wire: h11.Connection, reader: asyncio.StreamReader, send: Send) -> None:
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await reader.read(CHUNK))
        elif isinstance(event, h11.Response):
            headers = [(name, value) for name, value in event.headers if name not in HOP]
            await send({"type": "http.response.start", "status": event.status_code, "headers": headers})
        elif isinstance(event, h11.Data):
            await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
        elif isinstance(event, h11.EndOfMessage):
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
