"""The door answers plain requests at once and leaves every other to the framework, whose words stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from app.api.door import Door
from app.api.errors import install
from app.api.limits import BodyLimit
from app.domain.errors import NotFound
from tests.app.api.asgi import call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send


class Body(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid")

    word: str = ""
    times: int = 1


def made(*, door: bool) -> FastAPI:
    """Return an application with one route, behind a door or without."""
    app = FastAPI()
    install(app)

    @app.post("/say")
    async def say(body: Body, request: Request) -> Response:
        """Say it."""
        if body.word == "nobody":
            raise NotFound("item", body.word)
        said = body.word * body.times
        return JSONResponse({"said": said, "sent": len(await request.body())})

    @app.middleware("http")
    async def note(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["X-Route"] = getattr(request.scope.get("route"), "path", "none")
        return response

    if door:
        app.add_middleware(Door, path="/say", shape=Body, answer=say, route=app.routes[-1])
    app.add_middleware(BodyLimit, limit_bytes=200)
    return app


BEHIND, USUAL = made(door=True), made(door=False)


def chunks(*parts: bytes) -> Any:
    """Send a body in parts whose length nobody announced."""

    async def sent() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return sent


def test_a_good_body_is_answered() -> None:
    """The endpoint gets the model and a request whose body is still there; the framework is not asked."""
    answer = call(BEHIND, "POST", "/say", json={"word": "ab", "times": 2})
    assert (answer.status_code, answer.json()["said"]) == (200, "abab")
    assert answer.json() == call(USUAL, "POST", "/say", json={"word": "ab", "times": 2}).json()
    assert "X-Route" not in answer.headers, "the framework's middleware stands behind the door"


def test_everything_else_is_as_usual() -> None:
    """Bad values, unknown fields, broken JSON, no body, other types, methods and paths: as without a door."""
    plain = {"content-type": "application/json"}
    odd: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/say", {"json": {"times": "many"}}),
        ("POST", "/say", {"json": {"wrod": "x"}}),
        ("POST", "/say", {"json": {"word": "nobody"}}),
        ("POST", "/say", {"json": []}),
        ("POST", "/say", {"content": b"{", "headers": plain}),
        ("POST", "/say", {"content": b"", "headers": plain}),
        ("POST", "/say", {"content": b'{"word": "a"}', "headers": {"content-type": "text/plain"}}),
        ("POST", "/say", {"json": {"word": "a" * 300}}),
        ("GET", "/say", {}),
        ("POST", "/says", {"json": {"word": "a"}}),
    ]
    for method, path, options in odd:
        told = [call(app, method, path, **options) for app in (BEHIND, USUAL)]
        assert told[0].status_code == told[1].status_code, options
        assert told[0].content == told[1].content, options


def test_the_route_that_documents_it_counts_for_it() -> None:
    """Layers outside see the same route as without a door."""
    seen: list[str] = []

    def watched(app: ASGIApp) -> ASGIApp:
        async def watching(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope, receive, send)
            seen.append(getattr(scope.get("route"), "path", "none"))

        return watching

    for app in (BEHIND, USUAL):
        call(watched(app), "POST", "/say", json={"word": "a"})
    assert seen == ["/say", "/say"]


def test_a_body_that_proves_too_large_is_refused_at_the_door() -> None:
    """Sent in parts whose length nobody announced, it is 413 as soon as it is over the limit."""
    body = chunks(b'{"word": "', b"a" * 300, b'"}')
    answer = call(BEHIND, "POST", "/say", content=body(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
