"""Writes and reads what parent and worker tell each other: msgpack maps behind a length, never pickle."""

from __future__ import annotations

import struct
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import msgpack

from app.domain.engine import EngineEvent, Order, Pixels, Plane, Start
from app.domain.jobs import EventType, GenerationRequest

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Mapping, Sequence

VERSION = 3
LENGTH = struct.Struct(">I")
MAX_BYTES = 64 * 1024 * 1024


class BrokenMessage(Exception):
    """The other side sent what this version cannot read."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The first message to a worker: what to load and how much of the machine to take.

    loader: `module:function` that returns a System when it is called with `source` and `device`.
    device: `cpu`, `cuda`, or `auto` for the second where there is one.
    rows:   rows of a model call at most; the worker measures whether fewer are as fast a row.
    """

    source: str
    loader: str = "app.worker.latent:load"
    max_tasks: int = 64
    rows: int = 16
    decode_rows: int = 4
    threads: int = 1
    niceness: int = 10
    device: str = "auto"
    beat_s: float = 1.0
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class About:
    """What a worker tells of its model when it is ready; see `System` for the fields."""

    digest: str
    precision: str
    device: str
    sizes: tuple[tuple[int, int], ...]
    sigma_span: tuple[float, float]
    controls: Mapping[str, Sequence[str]]
    guidances: tuple[str, ...]
    neighbours: int


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one picture: `encode` or `likelihood` is the kind, `number` names it."""

    number: int
    kind: str
    pixels: Pixels
    prompt: str = ""
    seed: int = 0
    num_probes: int = 2


def pack(kind: str, **body: Any) -> bytes:
    """Return one message as it goes over the wire. Raises BrokenMessage when it is too long."""
    content: bytes = msgpack.packb({"kind": kind, **body})
    if len(content) > MAX_BYTES:
        raise BrokenMessage(f"a message of {len(content)} bytes is longer than {MAX_BYTES}")
    return LENGTH.pack(len(content)) + content


def receive(source: socket.socket) -> dict[str, Any] | None:
    """Block until the next message is there; None at the end of the stream."""
    head = _exactly(source, LENGTH.size)
    content = _exactly(source, _length(head)) if head else None
    return _unpack(content) if content else None


async def read(source: asyncio.StreamReader) -> dict[str, Any]:
    """Return the next message. Raises IncompleteReadError at the end of the stream."""
    return _unpack(await source.readexactly(_length(await source.readexactly(LENGTH.size))))


def setup_body(setup: Setup) -> dict[str, Any]:
    """Return the setup as plain values."""
    return asdict(setup)


def setup_from(body: Mapping[str, Any]) -> Setup:
    """Read what `setup_body` wrote. Raises BrokenMessage for another version."""
    if body.get("version") != VERSION:
        raise BrokenMessage(f"version {body.get('version')} is not {VERSION}")
    return Setup(**body)


def order_body(order: Order) -> dict[str, Any]:
    """Return an order as plain values."""
    return {
        "job_id": order.job_id,
        "request": order.request.to_body(),
        "indices": list(order.indices),
        "deadline_at": order.deadline_at,
        "start": None if order.start is None else _start_body(order.start),
        "mask": None if order.mask is None else [order.mask.width, order.mask.height, order.mask.content],
        "shown": list(order.shown),
    }


def order_from(body: Mapping[str, Any]) -> Order:
    """Read what `order_body` wrote."""
    request = GenerationRequest.from_body(body["request"])
    start, mask = body.get("start"), body.get("mask")
    return Order(
        body["job_id"],
        request,
        tuple(body["indices"]),
        body["deadline_at"],
        None if start is None else _start_from(start),
        None if mask is None else Plane(*mask),
        tuple(body.get("shown", ())),
    )


def about_body(about: About) -> dict[str, Any]:
    """Return what a worker tells of its model as plain values."""
    return asdict(about)


def about_from(body: Mapping[str, Any]) -> About:
    """Read what `about_body` wrote."""
    low, high = body["sigma_span"]
    sizes = tuple((width, height) for width, height in body["sizes"])
    controls = {question: tuple(names) for question, names in body["controls"].items()}
    told = {"sizes": sizes, "sigma_span": (low, high), "controls": controls}
    return About(**{**body, **told, "guidances": tuple(body["guidances"])})


def question_body(question: Question) -> dict[str, Any]:
    """Return a question as plain values."""
    body = {name: getattr(question, name) for name in question.__slots__}
    return body | {"pixels": _pixels_body(question.pixels)}


def question_from(body: Mapping[str, Any]) -> Question:
    """Read what `question_body` wrote."""
    return Question(**{**body, "pixels": Pixels(*body["pixels"])})


def event_body(event: EngineEvent) -> dict[str, Any]:
    """Return an event as plain values without its empty fields."""
    body = {name: value for name in event.__slots__ if (value := getattr(event, name)) is not None}
    body["type"] = str(event.type)
    if event.pixels is not None:
        body["pixels"] = _pixels_body(event.pixels)
    return body


def event_from(body: Mapping[str, Any]) -> EngineEvent:
    """Read what `event_body` wrote."""
    pixels = body.get("pixels")
    return EngineEvent(
        **{
            **body,
            "type": EventType(body["type"]),
            "pixels": None if pixels is None else Pixels(*pixels),
        }
    )


def _start_body(start: Start) -> dict[str, Any]:
    pixels = None if start.pixels is None else _pixels_body(start.pixels)
    return {"sigma": start.sigma, "latent": start.latent, "pixels": pixels}


def _start_from(body: Mapping[str, Any]) -> Start:
    pixels = body["pixels"]
    return Start(body["sigma"], body["latent"], None if pixels is None else Pixels(*pixels))


def _pixels_body(pixels: Pixels) -> list[Any]:
    return [pixels.width, pixels.height, pixels.content]


def _length(head: bytes) -> int:
    (length,) = LENGTH.unpack(head)
    if length > MAX_BYTES:
        raise BrokenMessage(f"a message of {length} bytes is announced, the limit is {MAX_BYTES}")
    return int(length)


def _unpack(content: bytes) -> dict[str, Any]:
    message = msgpack.unpackb(content)
    if not isinstance(message, dict) or "kind" not in message:
        raise BrokenMessage("a message is a map with a kind")
    return message


def _exactly(source: socket.socket, count: int) -> bytes | None:
    parts = []
    while count:
        part = source.recv(min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
