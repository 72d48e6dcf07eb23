"""Answers the busiest request before the framework looks at it; whatever is unusual goes on to that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from starlette.requests import Request

from app.api.errors import known_problem
from app.domain.errors import TrouvereError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pydantic import BaseModel
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON = (b"content-type", b"application/json")


class Door:
    """Reads a POST to `path` whose body is good JSON of `shape`, and has `answer` answer it.

    Matching routes, resolving dependencies and validating a parsed body cost more than a quick answer
    does. A body that does not validate is handed to the framework, which says what is wrong; `route` is
    the framework's own, which documents this one and counts for both.
    """

    def __init__(
        self,
        app: ASGIApp,
        path: str,
        shape: type[BaseModel],
        answer: Callable[[Any, Request], Awaitable[Response]],
        route: BaseRoute,
    ) -> None:
        self._app = app
        self._path = path
        self._read = shape.model_validate_json
        self._answer = answer
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._fits(scope):
            await self._app(scope, receive, send)
            return
        try:
            response = await self._response(scope, receive)
        except TrouvereError as error:
            response = known_problem(scope, error)
        except _Unusual as body:
            await self._app(scope, _again(body.content, receive), send)
            return
        if response is not None:
            await response(scope, receive, send)

    async def _response(self, scope: Scope, receive: Receive) -> Response | None:
        """Return the answer, None when the caller hung up before the body ended."""
        content = await _whole(receive)
        if content is None:
            return None
        try:
            body = self._read(content)
        except ValidationError as error:
            raise _Unusual(content) from error
        scope["route"] = self._route
        return await self._answer(body, Request(scope, _again(content, receive)))

    def _fits(self, scope: Scope) -> bool:
        return scope["path"] == self._path and scope["method"] == "POST" and JSON in scope["headers"]


class _Unusual(Exception):
    """The body does not validate."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content


async def _whole(receive: Receive) -> bytes | None:
    """Return the body, None when the caller hung up before it ended."""
    message = await receive()
    content: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        content += message.get("body", b"")
    return None if message["type"] == "http.disconnect" else content


def _again(content: bytes, receive: Receive) -> Receive:
    """Return a channel that gives the body once more, and then what comes after it."""
    waiting: list[dict[str, Any]] = [{"type": "http.request", "body": content, "more_body": False}]

    async def given() -> Message:
        return waiting.pop() if waiting else await receive()

    return given
