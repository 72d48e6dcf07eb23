"""Tests passing requests on to the owning process."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from app.api.forward import Forward
from app.bootstrap.ownership import Ownership

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

LIMIT = 10_000


class Named:
    """Tells its name, what it was asked and the body it got, in two parts; waits where it is told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.gone = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        start: Message = {"type": "http.response.start", "status": 201, "headers": [(b"x-who", b"me")]}
        await send(start)
        told = [self.name, scope["path"], scope["query_string"].decode(), body.decode()]
        await send({"type": "http.response.body", "body": json.dumps(told).encode(), "more_body": True})
        if scope["path"].endswith("/endless"):
            while (await receive())["type"] != "http.disconnect":
                pass
            self.gone.set()
        await send({"type": "http.response.body", "body": b""})


async def ask(
    app: Forward,
    method: str,
    path: str,
    parts: Sequence[bytes] = (b"",),
    query: bytes = b"",
    leave: float = 60.0,
) -> tuple[int, Any]:
    """Return status and JSON of an answer; the client hangs up after `leave` seconds."""
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": place < len(parts) - 1}
        for place, part in enumerate(parts)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await asyncio.sleep(leave)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(b"host", b"here")],
    }
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], json.loads(body)


def test_what_is_the_owners_goes_there_and_the_rest_stays(tmp_path: Path) -> None:
    """Pictures, jobs and searches that want a picture reach the owner whole; other requests stay here."""

    async def main() -> None:
        here, there = Named("here"), Named("there")
        owner = Ownership(tmp_path)
        async with owner.serving(there):
            app = Forward(here, owner.door, LIMIT)
            posted = await ask(app, "POST", "/v1/images/generations", [b"a red ", b"fox"], b"a=1&b=%20")
            assert posted == (201, ["there", "/v1/images/generations", "a=1&b=%20", "a red fox"])
            assert (await ask(app, "GET", "/v1/jobs/7"))[1][0] == "there"
            assert (await ask(app, "POST", "/v1/search", [b'{"generate": "auto"}']))[1][0] == "there"
            assert (await ask(app, "GET", "/v1/search", query=b"q=x&generate=always"))[1][0] == "there"
            plain = await ask(app, "POST", "/v1/search", [b'{"query":', b'"fox"}'])
            assert plain == (201, ["here", "/v1/search", "", '{"query":"fox"}'])
            assert (await ask(app, "GET", "/v1/items/images"))[1][0] == "here"
            assert (await ask(app, "POST", "/v1/search", [b"x" * (LIMIT + 1)]))[0] == 413
            await ask(app, "GET", "/v1/jobs/endless", leave=0.05)
            await asyncio.wait_for(there.gone.wait(), 5)
        owner.close()

    asyncio.run(main())


def test_a_search_goes_to_the_owner_while_an_experiment_makes_pictures(tmp_path: Path) -> None:
    """An arm may want a picture of a body that does not say so; when it ended, searches stay here."""

    async def main() -> None:
        owner, makes = Ownership(tmp_path), [True]
        async with owner.serving(Named("there")):
            app = Forward(Named("here"), owner.door, LIMIT, lambda: makes[0])
            assert (await ask(app, "POST", "/v1/search", [b"{}"]))[1][0] == "there"
            assert (await ask(app, "GET", "/v1/items/images"))[1][0] == "here"
            makes[0] = False
            assert (await ask(app, "POST", "/v1/search", [b"{}"]))[1][0] == "here"
        owner.close()

    asyncio.run(main())


def test_without_an_owner_the_caller_is_told(tmp_path: Path) -> None:
    """While nobody owns, pictures are unavailable and everything else goes on."""

    async def main() -> None:
        app = Forward(Named("here"), lambda: None, LIMIT)
        status, told = await ask(app, "POST", "/v1/images/generations", [b"{}"])
        assert (status, "error" in told) == (503, True)
        assert (await ask(Forward(Named("here"), lambda: tmp_path / "no", LIMIT), "GET", "/v1/jobs/7"))[
            0
        ] == 503
        assert (await ask(app, "GET", "/v1/search", query=b"q=x"))[1][0] == "here"

    asyncio.run(main())
