"""Gives each request its id, and counts and times it by route."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING

from app.domain.ids import random_ids

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from app.telemetry.metrics import Metrics

logger = logging.getLogger(__name__)
NAME = b"x-request-id"
USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Observer:
    """Outermost layer: `X-Request-Id` in and out, metrics by route template, one debug line each."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._ids = random_ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == NAME), b"").decode("latin-1")
        request_id = given if USABLE_ID.fullmatch(given) else next(self._ids)
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 500

        async def tagged(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                others = [pair for pair in message.get("headers", ()) if pair[0] != NAME]
                message = {**message, "headers": [*others, (NAME, request_id.encode())]}
            await send(message)

        try:
            await self._app(scope, receive, tagged)
        finally:
            self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.request(scope["method"], route, str(status)).inc()
        self._metrics.request_time(route).observe(seconds)
        logger.debug("%s %s %d %.1f ms", scope["method"], scope["path"], status, seconds * 1_000)
