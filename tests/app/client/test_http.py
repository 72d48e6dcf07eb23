"""A client of one kept-alive connection."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from app.client.http import Client, Refused
from app.domain.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked; `/no` refuses, `/bye` answers and hangs up unannounced."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        told = {
            "path": self.path,
            "body": body,
            "key": self.headers.get("Authorization"),
            "at": self.client_address[1],
        }
        content = json.dumps(told).encode()
        status = {"/no": 422, "/busy": 503}.get(self.path, 200)
        if self.path == "/soon":
            self.server.asked = getattr(self.server, "asked", 0) + 1  # type: ignore[attr-defined]  # a count of ours
            status = 429 if self.server.asked < 3 else 200  # type: ignore[attr-defined]  # a count of ours
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = self.path == "/bye"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the handler's own name
        """Say nothing."""


@contextmanager
def listening() -> Iterator[str]:
    """Serve on a free port and give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_answers_come_over_one_connection() -> None:
    """Requests share a connection, carry the key, and send JSON or lines of it."""
    with listening() as url:
        client = Client(url, "secret")
        first = client.ask("POST", "/a", {"x": 1})
        second = client.send_lines("/b", [{"y": 1}, {"y": 2}])
        client.close()
    assert (first["path"], json.loads(first["body"]), first["key"]) == ("/a", {"x": 1}, "Bearer secret")
    assert second["body"] == '{"y": 1}\n{"y": 2}'
    assert first["at"] == second["at"]


def test_a_connection_that_was_closed_meanwhile_is_opened_again() -> None:
    """The service may hang up while nothing is asked; the next request does not notice."""
    with listening() as url:
        client = Client(url)
        first = client.ask("POST", "/bye")
        second = client.ask("POST", "/a")
        client.close()
    assert first["at"] != second["at"]


def test_a_busy_service_is_asked_again() -> None:
    """Twice too many, then answered; one that stays unavailable is told after some waits, each longer."""
    waits: list[float] = []
    with listening() as url:
        client = Client(url, sleep=waits.append)
        assert client.ask("POST", "/soon")["path"] == "/soon"
        assert len(waits) == 2
        with pytest.raises(Refused, match="503"):
            client.ask("POST", "/busy")
        client.close()
    assert len(waits) > 4
    assert waits[2:] == sorted(waits[2:])


def test_refusals_and_silence_are_told_apart() -> None:
    """A refusal has its status and the service's words; silence is Unavailable; no address is refused."""
    with listening() as url:
        client = Client(url)
        with pytest.raises(Refused, match="/no: 422") as caught:
            client.ask("POST", "/no")
        client.close()
    assert caught.value.status == 422
    with pytest.raises(Unavailable, match="does not answer"):
        Client(url, timeout_s=1).ask("POST", "/a")
    for wrong in ("localhost:8080", "ftp://there"):
        with pytest.raises(InvalidInput):
            Client(wrong)
