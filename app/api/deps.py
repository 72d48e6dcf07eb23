"""Hands a route what it needs from the request and the application."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Annotated, TypeVar, cast

from fastapi import Depends, Header, Query, Request

from app.api.schemas.items import ToldItems
from app.domain.errors import InvalidInput, Unavailable
from app.domain.log import Claim
from app.domain.rankers import ANONYMOUS
from app.services import Services

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from app.generate.service import Generation

T = TypeVar("T")

MAX_KEY_LENGTH = 255


async def services(request: Request) -> Services:
    """Return what bootstrap built for this application (async: a plain function would cost a thread)."""
    return cast("Services", request.app.state.services)


ServicesDep = Annotated[Services, Depends(services)]


async def told_items(request: Request) -> ToldItems:
    """Return what this application remembers of the items it sent lately."""
    return cast("ToldItems", request.app.state.told_items)


ToldDep = Annotated[ToldItems, Depends(told_items)]
Refresh = Annotated[bool, Query(description="Answer when the write can be found, and by what.")]


async def generation(found: ServicesDep) -> Generation:
    """Return the generation use case. Raises Unavailable on a search-only node."""
    if found.generation is None:
        message = "this service was started without a generator"
        raise Unavailable(message)
    return found.generation


async def idempotency_key(
    key: Annotated[
        str | None, Header(alias="Idempotency-Key", description="Makes a repeated write safe.")
    ] = None,
) -> str | None:
    """Return the caller's idempotency key. Raises InvalidInput when it cannot be used."""
    if key is not None and not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise InvalidInput("Idempotency-Key", f"a key has 1 to {MAX_KEY_LENGTH} characters")
    return key


KeyDep = Annotated[str | None, Depends(idempotency_key)]


async def caller(request: Request) -> str:
    """Return the name of the key that opened the door, `anonymous` where none is asked for."""
    return cast("str", getattr(request.state, "caller", ANONYMOUS))


CallerDep = Annotated[str, Depends(caller)]


def claim(key: str | None, request: Request, content: bytes) -> Claim | None:
    """Return the claim that `key` makes for this method, path, query and content, if there is a key."""
    if key is None:
        return None
    head = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return Claim(key, hashlib.sha256(head + content).hexdigest())


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Return what `work` gives. Raises Unavailable when it takes longer than `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        message = f"no answer within {seconds:g} s"
        raise Unavailable(message) from error
