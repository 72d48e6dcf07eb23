"""Tests that a configured key guards what it should, and only that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from app.api.auth import KeyGuard
from tests.app.api.asgi import Echo, call

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

KEYS = {"ann": "first-key", "bob": "second-kéy"}


@dataclass(slots=True)
class Told:
    """An innermost application that remembers what stands in a request's state."""

    state: dict[str, Any] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.state = dict(scope["state"])
        await Echo()(scope, receive, send)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer first-key"},
        {"Authorization": "bearer   first-key"},
        {"X-API-Key": "first-key"},
    ],
)
def test_any_key_opens_by_either_header(headers: dict[str, str]) -> None:
    """A request that carries a key is passed on."""
    assert call(KeyGuard(Echo(), KEYS), "GET", "/v1/items/a", headers=headers).status_code == 200


def test_the_name_of_the_key_goes_on_and_the_key_does_not() -> None:
    """What stands behind the guard is told who called."""
    inner = Told()
    call(KeyGuard(inner, KEYS), "GET", "/v1/items/a", headers={"X-API-Key": "first-key"})
    assert inner.state == {"caller": "ann"}


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-API-Key": ""}, {"X-API-Key": "first-ke"}, {"Authorization": "Basic first-key"}],
)
def test_without_a_key_nothing_of_v1_is_reached(headers: dict[str, str]) -> None:
    """A request without a right key gets 401 with a challenge, and the application never sees it."""
    inner = Echo()
    answer = call(KeyGuard(inner, KEYS), "GET", "/v1/search", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["status"] == 401
    assert inner.calls == 0


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/static/page.js"])
def test_what_is_not_v1_stays_open(path: str) -> None:
    """Health, metrics and the page need no key."""
    assert call(KeyGuard(Echo(), KEYS), "GET", path).status_code == 200


def test_openai_paths_refuse_in_openais_form() -> None:
    """Under OpenAI's paths a missing key is OpenAI's error object."""
    error = call(KeyGuard(Echo(), KEYS), "POST", "/v1/images/generations").json()["error"]
    assert error["type"] == "authentication_error"
