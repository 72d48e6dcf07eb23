"""Names what makes pictures: the engine's protocol, what it is given and what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from app.domain.jobs import EventType, GenerationRequest

FINISHED = "stop"
DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Order:
    """A request on its way into an engine.

    `indices` are the pictures still to be made; picture i is drawn from the request's seed + i.
    `deadline_at` is seconds since the epoch.
    """

    job_id: str
    request: GenerationRequest
    indices: tuple[int, ...]
    deadline_at: float | None = None


@dataclass(frozen=True, slots=True)
class Pixels:
    """An opaque picture: `content` is height x width x 3 bytes, red, green, blue, row by row."""

    width: int
    height: int
    content: bytes


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """What an engine tells about one picture of a job (`index`), or about the whole job (None).

    Of `num_steps` model evaluations `step` are done. `pixels` come with partial and finished
    pictures; `rows` counts the network rows a finished one took (guidance takes two an evaluation)
    and `finish_reason` is `stop` or `deadline`. `error` comes with `failed`, for `index` alone.
    """

    job_id: str
    type: EventType
    index: int | None = None
    step: int | None = None
    num_steps: int | None = None
    pixels: Pixels | None = None
    rows: int | None = None
    finish_reason: str | None = None
    error: str | None = None


class Engine(Protocol):
    """Makes pictures of orders; one event loop owns it."""

    @property
    def model(self) -> str:
        """Return the name of the model that draws."""
        ...

    @property
    def digest(self) -> str | None:
        """Return the digest of the model's files, None before it was loaded for the first time."""
        ...

    @property
    def native_size(self) -> tuple[int, int]:
        """Return the width and height that the model draws, in pixels."""
        ...

    def admit(self, order: Order) -> None:
        """Take a place in the bounded queue; nothing runs before `start`.

        Raises Overloaded when it is full, Unavailable when the model cannot be run.
        """
        ...

    def start(self, job_id: str) -> AsyncGenerator[EngineEvent, None]:
        """Run an admitted order; ends when each of its pictures came or failed, or it was cancelled.

        The place in the queue is free when the generator has ended or was closed.
        """
        ...

    async def cancel(self, job_id: str) -> None:
        """Give the order up; its rows are free at the next model call. Unknown ids are ignored."""
        ...

    def is_ready(self) -> bool:
        """Return whether the model is loaded and warm."""
        ...

    def gauges(self) -> Mapping[str, float]:
        """Return what was counted where it was executed, by name."""
        ...
