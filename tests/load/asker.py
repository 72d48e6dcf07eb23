"""Sends one user's requests and judges each answer before it counts as a success."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from tests.load.checks import WrongAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from locust.contrib.fasthttp import FastHttpSession
    from locust.event import EventHook
Body = dict[str, Any]
OK = 200
NOT_FOUND = 404
SHOWN = 200  # characters of a wrong answer that the report repeats


def key_headers() -> dict[str, str]:
    """Return the header with the first key of TROUVERE_API_KEYS, none when there is no key."""
    key = os.environ.get("TROUVERE_API_KEYS", "").partition(",")[0].strip()
    return {"Authorization": f"Bearer {key}"} if key else {}


class Asker:
    """One user's connection; `report` is the hook that takes what was timed by hand."""

    def __init__(self, client: FastHttpSession, report: EventHook) -> None:
        self._client = client
        self._report = report
        self._headers = key_headers()

    def ask(
        self,
        method: str,
        path: str,
        name: str,
        body: Mapping[str, Any] | None = None,
        check: Callable[[Body], None] | None = None,
        status: int = OK,
    ) -> Body | None:
        """Return the answer's JSON when it has `status` and passes `check`, else None and a failure."""
        with self._client.request(
            method, path, name=name, json=body, headers=self._headers, catch_response=True
        ) as response:
            if response.status_code != status:
                response.failure(f"{response.status_code}: {(response.text or '')[:SHOWN]}")
                return None
            try:
                answer: Body = json.loads(response.content or b"{}")
                if check is not None:
                    check(answer)
            except (WrongAnswer, KeyError, TypeError, ValueError) as error:
                response.failure(f"{type(error).__name__}: {error}")
                return None
            response.success()
            return answer

    def timed(self, name: str, started: float, error: Exception | None = None) -> None:
        """Report something that took from `started` (perf_counter seconds) until now, or failed."""
        self._report.fire(  # type: ignore[no-untyped-call]  # the library leaves it untyped
            request_type="SSE",
            name=name,
            response_time=(time.perf_counter() - started) * 1_000,
            response_length=0,
            exception=error,
            context={},
        )
