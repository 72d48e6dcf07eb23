"""Bounds what one request may send, and how many may be open at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.api.errors import known_problem
from app.domain.errors import Overloaded, TooLarge

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Refuses a body over `limit_bytes`, by its announced length or while it arrives."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if announced.isdigit() and int(announced) > self._limit_bytes:
            await known_problem(scope, TooLarge("body", self._limit_bytes))(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit_bytes:
                raise TooLarge("body", self._limit_bytes)
            return message

        await self._app(scope, counted, send)


class ConnectionLimit:
    """Answers 429 at once while `limit` requests are open already."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._open >= self._limit:
            error = Overloaded(f"{self._limit} requests are open already", retry_after_s=1.0)
            await known_problem(scope, error)(scope, receive, send)
            return
        self._open += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open -= 1
