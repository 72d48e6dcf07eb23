"""Serves one short answer, the least that a server can do: `python -m tests.bench.echo --port N`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any

    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY = b'{"status": "ok"}'


async def answer(scope: MutableMapping[str, Any], receive: Callable[[], Any], send: Send) -> None:
    """Answer `/` with a body and everything else with 404 (ASGI 3)."""
    if scope["type"] != "http":
        return
    known = scope["path"] == "/"
    body = BODY if known else b""
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200 if known else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    uvicorn.run(answer, port=options.parse_args().port, lifespan="off", access_log=False)
