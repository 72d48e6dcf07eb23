"""Guards `/v1/…` with a key as soon as one is configured."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from app.api.errors import known_problem
from app.domain.errors import Unauthorized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send


class KeyGuard:
    """Passes a request on when it carries one of the keys: `Authorization: Bearer …` or `X-API-Key: …`."""

    def __init__(self, app: ASGIApp, keys: Sequence[str]) -> None:
        self._app = app
        self._keys = [key.encode() for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/") or self._admits(scope):
            await self._app(scope, receive, send)
            return
        error = Unauthorized("Send a key as `Authorization: Bearer …` or `X-API-Key: …`.")
        await known_problem(scope, error)(scope, receive, send)

    def _admits(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        # Every key is compared, each in constant time, so that timing tells nothing.
        return sum(hmac.compare_digest(given.encode(), key) for key in self._keys) > 0
