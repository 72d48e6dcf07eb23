"""Posts a body and reads the server-sent events of the answer as they arrive."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TIMEOUT_S = 120.0
OK = 200


class Refused(Exception):
    """The service would not begin a stream; `retry_after_s` says when it may."""

    def __init__(self, status: int, retry_after_s: float | None, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name and its JSON data."""

    name: str
    data: dict[str, Any]


class EventReader:
    """Takes pieces of a stream, cut anywhere, and gives the events that are whole."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> list[Event]:
        """Return the events that `piece` completes; comments are passed over."""
        *blocks, self._rest = (self._rest + piece).split("\n\n")
        return [event for block in blocks if (event := _event(block)) is not None]


@contextmanager
def posted(
    host: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]
) -> Iterator[Iterator[Event]]:
    """Give the events of the answer; leaving early hangs up. Raises Refused for any status but 200."""
    address = urlsplit(host)
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    connection = kind(address.netloc, timeout=TIMEOUT_S)
    try:
        content = json.dumps(body)
        connection.request("POST", path, content, {**headers, "Content-Type": "application/json"})
        with connection.getresponse() as response:
            if response.status != OK:
                wait = response.headers.get("Retry-After")
                text = response.read(200).decode(errors="replace")
                raise Refused(response.status, None if wait is None else float(wait), text)
            yield _events(iter(response.readline, b""))
    finally:
        connection.close()


def _events(lines: Iterator[bytes]) -> Iterator[Event]:
    reader = EventReader()
    for line in lines:
        yield from reader.feed(line.decode())


def _event(block: str) -> Event | None:
    name, data = "message", list[str]()
    for line in block.split("\n"):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
    return Event(name, json.loads("\n".join(data))) if data else None
