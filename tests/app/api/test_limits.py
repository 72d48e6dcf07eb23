"""Tests that what one request may send, and how many may be open, is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.api.errors import known_problem
from app.api.limits import BodyLimit, ConnectionLimit
from app.domain.errors import TooLarge
from tests.app.api.asgi import Echo, call, calls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Receive, Scope, Send


def answering(app: ASGIApp) -> ASGIApp:
    """Wrap an application in the layer that the framework puts there: known errors become answers."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except TooLarge as error:
            await known_problem(scope, error)(scope, receive, send)

    return wrapped


def test_a_body_at_the_limit_passes_and_one_byte_more_does_not() -> None:
    """The limit is exact, and told in the answer."""
    app = BodyLimit(Echo(), 100)
    assert call(app, "POST", "/v1/items:batch", content=b"x" * 100).text == "100"
    answer = call(app, "POST", "/v1/items:batch", content=b"x" * 101)
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["field"] == "body"
    assert "100 bytes" in answer.json()["detail"]


def test_a_body_of_unknown_length_is_stopped_while_it_arrives() -> None:
    """Without Content-Length the bytes are counted."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 10

    app = answering(BodyLimit(Echo(), 100))
    assert call(app, "POST", "/v1/items:batch", content=pieces()).status_code == 413


def test_one_request_too_many_is_told_to_come_back() -> None:
    """Beyond the limit the answer is 429 with Retry-After, and the place is free again afterwards."""
    app = ConnectionLimit(Echo(delay_s=0.05), 3)
    statuses = sorted(answer.status_code for answer in calls(app, [("GET", "/healthz", {})] * 5))
    assert statuses == [200, 200, 200, 429, 429]
    refused = [a for a in calls(app, [("GET", "/", {})] * 4) if a.status_code == 429]
    assert [answer.headers["retry-after"] for answer in refused] == ["1"]
    assert call(app, "GET", "/healthz").status_code == 200
