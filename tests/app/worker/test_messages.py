"""Messages arrive as they were sent, and what is not a message is refused."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import msgpack
import pytest

from app.domain.engine import EngineEvent, Pixels, Plane, Start
from app.domain.jobs import EventType
from app.worker import messages
from app.worker.messages import About, BrokenMessage, Question, Setup
from tests.app.worker.studio import order

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS = [
    EngineEvent("a", EventType.STARTED),
    EngineEvent("a", EventType.PROGRESS, 0, step=1, num_steps=4),
    EngineEvent(
        "a", EventType.PARTIAL_IMAGE, 0, step=2, num_steps=4, pixels=Pixels(1, 2, b"\x00\xff\x01" * 2)
    ),
    EngineEvent("a", EventType.IMAGE, 0, 4, 4, Pixels(1, 1, b"abc"), rows=6, finish_reason="stop"),
    EngineEvent(
        "a", EventType.IMAGE, 0, pixels=Pixels(1, 1, b"abc"), latent=b"\x00\x01", precision="bfloat16"
    ),
    EngineEvent("a", EventType.FAILED, 1, error="it broke"),
    EngineEvent("a", EventType.CANCELLED),
]


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two connected sockets."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.type))
def test_events_come_back_as_they_were(event: EngineEvent) -> None:
    """Every field of an event survives, pixels byte for byte."""
    assert messages.event_from(messages.event_body(event)) == event


def test_orders_and_setups_come_back_over_the_wire(line: tuple[socket.socket, socket.socket]) -> None:
    """An order with a deadline and a guidance interval, and a setup, equal what was sent."""
    ours, theirs = line
    wanted, setup = order("a", 12.5, num_images=2, guidance_interval=[0.1, 2.0]), Setup("folder", rows=4)
    ours.sendall(messages.pack("order", order=messages.order_body(wanted)))
    ours.sendall(messages.pack("hello", setup=messages.setup_body(setup)))
    first, second = messages.receive(theirs), messages.receive(theirs)
    assert first is not None
    assert second is not None
    assert messages.order_from(first["order"]) == wanted
    assert messages.setup_from(second["setup"]) == setup


def test_starts_masks_and_what_a_model_tells_come_back() -> None:
    """Pixels, latents and masks of an order, and each fact about a model, survive."""
    pixels, mask = Pixels(1, 2, b"abcdef"), Plane(1, 2, b"\x00\xff")
    for start in (Start(2.5, pixels=pixels), Start(0.5, latent=b"\x01\x02")):
        wanted = order("a", start=start, mask=mask, control={"weight": "bold"}, autoguidance=2.0)
        packed = messages.pack("order", order=messages.order_body(wanted))
        assert messages.order_from(msgpack.unpackb(packed[4:])["order"]) == wanted
    about = About(
        "digest", "float32", "cpu", ((16, 16), (24, 8)), (0.02, 40.0), {"ink": ("red", "blue")}, ("auto",), 2
    )
    packed = messages.pack("ready", about=messages.about_body(about))
    assert messages.about_from(msgpack.unpackb(packed[4:])["about"]) == about


def test_questions_come_back_over_the_wire(line: tuple[socket.socket, socket.socket]) -> None:
    """Every field of a question survives, pixels byte for byte."""
    ours, theirs = line
    asked = Question(4, "likelihood", Pixels(1, 2, b"\x00\xff\x01" * 2), "a horse", 2**62, 8)
    ours.sendall(messages.pack("question", question=messages.question_body(asked)))
    found = messages.receive(theirs)
    assert found is not None
    assert messages.question_from(found["question"]) == asked


def test_the_end_of_the_stream_is_no_message(line: tuple[socket.socket, socket.socket]) -> None:
    """A closed line, even in the middle of a message, ends with None."""
    ours, theirs = line
    ours.sendall(messages.pack("order")[:-1])
    ours.close()
    assert messages.receive(theirs) is None


def test_another_version_is_refused() -> None:
    """A setup of a version this code does not know is not guessed at."""
    with pytest.raises(BrokenMessage, match="version 99"):
        messages.setup_from({**messages.setup_body(Setup("folder")), "version": 99})


def test_too_long_and_nameless_messages_are_refused(line: tuple[socket.socket, socket.socket]) -> None:
    """A length beyond the limit is refused before anything is read, and so is a map without a kind."""
    ours, theirs = line
    ours.sendall(b"\xff\xff\xff\xff")
    with pytest.raises(BrokenMessage, match="limit"):
        messages.receive(theirs)
    ours.sendall(messages.LENGTH.pack(1) + b"\x80")
    with pytest.raises(BrokenMessage, match="kind"):
        messages.receive(theirs)


def test_a_stream_reader_reads_the_same() -> None:
    """The parent's asynchronous reading gives what was packed."""

    async def read() -> dict[str, object]:
        reader = asyncio.StreamReader()
        reader.feed_data(messages.pack("cancel", job_id="a"))
        return await messages.read(reader)

    assert asyncio.run(read()) == {"kind": "cancel", "job_id": "a"}
