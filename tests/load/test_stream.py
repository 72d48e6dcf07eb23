"""Tests reading server-sent events."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.load.stream import Event, EventReader, Refused, posted

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = 'event: a\ndata: {"n": 1}\n\n: still here\n\nid: 3\nevent: b\ndata: {"t": "é"}\n\n'
EVENTS = [Event("a", {"n": 1}), Event("b", {"t": "é"})]


class OneAnswer(BaseHTTPRequestHandler):
    """Streams two events, or says that it is full."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if self.path == "/stream" else 429)
        self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(TEXT.encode() if self.path == "/stream" else b"full")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """Serve `OneAnswer` on a free port of loopback."""
    server = HTTPServer(("127.0.0.1", 0), OneAnswer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@given(st.lists(st.integers(0, len(TEXT)), max_size=6))
def test_events_come_whole_however_the_stream_is_cut(cuts: list[int]) -> None:
    """Cutting the stream anywhere gives the same events; comments give none."""
    bounds = [0, *sorted(cuts), len(TEXT)]
    reader = EventReader()
    pieces = [TEXT[a:b] for a, b in pairwise(bounds)]
    assert [event for piece in pieces for event in reader.feed(piece)] == EVENTS


def test_a_posted_stream_gives_its_events(host: str) -> None:
    """The answer's events come in order, until it ends."""
    with posted(host, "/stream", {"prompt": "x"}, {}) as events:
        assert list(events) == EVENTS


def test_a_full_service_says_when_to_come_back(host: str) -> None:
    """A 429 raises, with the seconds of Retry-After and what was said."""
    with pytest.raises(Refused, match="429: full") as raised, posted(host, "/full", {}, {}):
        pass
    assert raised.value.retry_after_s == 7.0
