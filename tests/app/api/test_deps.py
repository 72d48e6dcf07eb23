"""Tests what routes are handed: claims that tell requests apart, keys of a usable size, bounded time."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request

from app.api.deps import claim, idempotency_key, within
from app.domain.errors import InvalidInput, Unavailable


def request(method: str, path: str, query: str = "") -> Request:
    """Return a request as a route sees it."""
    return Request(
        {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [],
            "server": ("test", 80),
            "scheme": "http",
        }
    )


def test_a_claim_stands_for_method_address_and_content() -> None:
    """Two requests share a fingerprint only when all of them are the same."""
    base = request("PUT", "/v1/items/a")
    one = claim("k", base, b"{}")
    assert one == claim("k", request("PUT", "/v1/items/a"), b"{}")
    others = [
        claim("k", request("DELETE", "/v1/items/a"), b"{}"),
        claim("k", request("PUT", "/v1/items/b"), b"{}"),
        claim("k", request("PUT", "/v1/items/a", "refresh=true"), b"{}"),
        claim("k", base, b"{} "),
    ]
    assert one is not None
    assert one.fingerprint not in {other.fingerprint for other in others if other is not None}
    assert claim(None, base, b"{}") is None


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_unusable_key_is_named(key: str) -> None:
    """A key has 1 to 255 characters."""
    with pytest.raises(InvalidInput) as caught:
        asyncio.run(idempotency_key(key))
    assert caught.value.field == "Idempotency-Key"
    assert asyncio.run(idempotency_key("x" * 255)) == "x" * 255
    assert asyncio.run(idempotency_key()) is None


def test_work_that_takes_too_long_is_given_up() -> None:
    """Work over its time is cancelled and told as unavailable; other work gives its result."""
    ended: list[str] = []

    async def work(seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return "done"

    async def both() -> str:
        with pytest.raises(Unavailable, match=r"0\.01 s"):
            await within(0.01, work(30))
        return await within(30, work(0))

    assert asyncio.run(both()) == "done"
    assert ended == ["cancelled"]
