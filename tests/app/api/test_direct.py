"""A direct route answers plain requests at once and leaves every other to the framework, whose words stay."""

from __future__ import annotations

import json

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from app.api.direct import DirectRoute
from tests.app.api.asgi import call


class Body(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid")

    word: str = ""
    times: int = 1


def made(route: type) -> FastAPI:
    """Return an application with one route of this class."""
    router = APIRouter(route_class=route)

    @router.post("/say")
    async def say(body: Body, request: Request) -> Response:
        """Say it."""
        return JSONResponse({"said": body.word * body.times, "method": request.method})

    app = FastAPI()
    app.include_router(router)
    return app


DIRECT, USUAL = made(DirectRoute), made(APIRouter().route_class)


def test_a_good_body_is_answered() -> None:
    """The endpoint gets the model and the request."""
    answer = call(DIRECT, "POST", "/say", json={"word": "ab", "times": 2})
    assert (answer.status_code, answer.json()) == (200, {"said": "abab", "method": "POST"})


def test_everything_else_is_as_usual() -> None:
    """Bad values, unknown fields, broken JSON, no body, other content types: the framework answers."""
    plain = {"content-type": "application/json"}
    odd: list[dict[str, object]] = [
        {"json": {"times": "many"}},
        {"json": {"wrod": "x"}},
        {"json": []},
        {"content": b"{", "headers": plain},
        {"content": b"", "headers": plain},
        {"content": json.dumps({"word": "a"}).encode(), "headers": {"content-type": "text/plain"}},
        {"content": b'{"word": "a"}', "headers": {"content-type": "application/json; charset=utf-8"}},
    ]
    for options in odd:
        told = [call(app, "POST", "/say", **options) for app in (DIRECT, USUAL)]
        assert told[0].status_code == told[1].status_code, options
        assert told[0].content == told[1].content, options


def test_it_is_documented_like_any_other() -> None:
    """Nothing is missing from the description of the interface."""
    assert DIRECT.openapi() == USUAL.openapi()
    assert "requestBody" in DIRECT.openapi()["paths"]["/say"]["post"]
