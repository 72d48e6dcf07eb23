"""Speaks HTTP/1.1 over kept-alive connections, cheaply, so that it is the server that is measured."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class BadAnswer(Exception):
    """What came back is no answer that this client reads: it wants a status and a Content-Length."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the bytes of a body."""

    status: int
    body: bytes


def encode(method: str, path: str, body: Mapping[str, Any] | bytes | None = None) -> bytes:
    """Return a whole request as bytes; a mapping is sent as JSON."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n"
    kind = "" if body is None else "Content-Type: application/json\r\n"
    return f"{head}{kind}\r\n".encode() + content


class Connection(asyncio.Protocol):
    """One connection on which one request at a time waits for its answer."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # a stream's, in every event loop

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            answer = take_answer(self._buffer)
        except BadAnswer as error:
            self._fail(error)
        else:
            if answer is not None and self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("the server closed the connection"))

    async def send(self, request: bytes) -> Answer:
        """Return the answer. Raises BadAnswer, and ConnectionError when the server hangs up."""
        assert self._transport is not None, "a connection is opened by the event loop"
        if self._transport.is_closing():
            message = "the connection is closed"
            raise ConnectionError(message)
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def _fail(self, error: Exception) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)


def take_answer(buffer: bytearray) -> Answer | None:
    """Cut the first answer off the buffer; None while it is not whole. Raises BadAnswer."""
    end = buffer.find(HEAD_END)
    if end < 0:
        return None
    head = bytes(buffer[:end]).lower()
    status = head[9:12]
    at = head.find(LENGTH)
    if not head.startswith(b"http/1.1 ") or not status.isdigit() or at < 0:
        raise BadAnswer(head[:200].decode(errors="replace"))
    length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])
    whole = end + len(HEAD_END) + length
    if len(buffer) < whole:
        return None
    body = bytes(buffer[end + len(HEAD_END) : whole])
    del buffer[:whole]
    return Answer(int(status), body)


async def connect(port: int) -> Connection:
    """Open a connection to a port of this machine. Raises OSError when nothing listens there."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
    return connection
