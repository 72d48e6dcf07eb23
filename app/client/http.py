"""Asks a service over one kept-alive connection, and starts again when it was closed."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.domain.errors import InvalidInput, TrouvereError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

TIMEOUT_S = 120.0
BUSY = frozenset({429, 503})
BUSY_WAITS_S = (0.2, 0.5, 1.0, 2.0, 5.0)
KINDS = {"http": HTTPConnection, "https": HTTPSConnection}


class Refused(TrouvereError):
    """The service answered otherwise than was hoped for; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Client:
    """One connection to the service at `url`, for one thread. `key` opens a guarded one.

    Raises InvalidInput for an address that is none.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        timeout_s: float = TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in KINDS or not parts.hostname:
            raise InvalidInput("url", f"{url!r} is no address: http://HOST:PORT is wanted")
        self.url = url
        self._sleep = sleep
        self._head = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._connection = KINDS[parts.scheme](parts.hostname, parts.port, timeout=timeout_s)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None) -> Any:
        """Return the JSON of a good answer; a service that is busy is asked again a few times.

        Raises Refused for any other answer, Unavailable when nobody answers.
        """
        status, content = self.raw(method, path, body)
        for wait_s in BUSY_WAITS_S:
            if status not in BUSY:
                break
            self._sleep(wait_s)
            status, content = self.raw(method, path, body)
        if status >= 300:
            detail = content[:500].decode(errors="replace")
            raise Refused(status, f"{method} {path}: {status} {detail}")
        return json.loads(content)

    def send_lines(self, path: str, lines: Iterable[Mapping[str, Any]]) -> Any:
        """Post lines of JSON and return the answer. Raises as `ask`."""
        return self.ask("POST", path, "\n".join(json.dumps(line) for line in lines).encode())

    def raw(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None) -> tuple[int, bytes]:
        """Return status and content. Raises Unavailable when nobody answers.

        A connection that the other side closed while it was idle is opened again, once.
        """
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        head = {**self._head, **({} if content is None else {"Content-Type": "application/json"})}
        was_open = self._connection.sock is not None
        for is_last in (not was_open, True):
            try:
                self._connection.request(method, path, content, head)
                with self._connection.getresponse() as response:
                    return response.status, response.read()
            except (OSError, HTTPException) as error:
                self._connection.close()
                if is_last:
                    raise Unavailable(f"{self.url} does not answer: {error!r}") from error
        raise AssertionError  # the second try returns or raises

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
