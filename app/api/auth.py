"""Guards `/v1/…` with a key as soon as one is configured."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from app.api.errors import known_problem
from app.domain.errors import Unauthorized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send


class KeyGuard:
    """Passes a request on when it carries one of the keys: `Authorization: Bearer …` or `X-API-Key: …`.

    `keys` are by name; the name goes on with the request, as `state.caller`, and the key does not.
    """

    def __init__(self, app: ASGIApp, keys: Mapping[str, str]) -> None:
        self._app = app
        self._keys = {name: key.encode() for name, key in keys.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        caller = self._caller(scope)
        if caller is not None:
            scope.setdefault("state", {})["caller"] = caller
            await self._app(scope, receive, send)
            return
        error = Unauthorized("Send a key as `Authorization: Bearer …` or `X-API-Key: …`.")
        await known_problem(scope, error)(scope, receive, send)

    def _caller(self, scope: Scope) -> str | None:
        """Return the name of the key that the request carries, None without one."""
        headers = Headers(scope=scope)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        # Every key is compared, each in constant time, so that timing tells nothing.
        found = [name for name, key in self._keys.items() if hmac.compare_digest(given.encode(), key)]
        return found[0] if found else None
