"""Names what makes pictures: the engine's protocol, what it is given and what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from app.domain.jobs import EventType, GenerationRequest

FINISHED = "stop"
DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Order:
    """A request on its way into an engine.

    `indices` are the pictures still to be made; picture i is drawn from the request's seed + i.
    `deadline_at` is seconds since the epoch. `start` is what the pictures begin from when the request
    has a `source`, and `mask` what of it is drawn anew: height x width bytes, 255 redraws, 0 keeps.
    `shown` are the latents of the request's neighbours, as `Start` takes them.
    """

    job_id: str
    request: GenerationRequest
    indices: tuple[int, ...]
    deadline_at: float | None = None
    start: Start | None = None
    mask: Plane | None = None
    shown: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """What a picture begins from instead of noise alone: a latent the engine gave earlier, or pixels.

    It is noised to `sigma` and only the tail of the grid below is run (SDEdit, Meng et al. 2022).
    `latent` is little-endian float16 in the order C, h, w.
    """

    sigma: float
    latent: bytes | None = None
    pixels: Pixels | None = None


@dataclass(frozen=True, slots=True)
class Plane:
    """One byte a pixel: `content` is height x width bytes, row by row."""

    width: int
    height: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Log-likelihood of a picture under the model, in `unit`, with its standard error over `num_probes`."""

    value: float
    standard_error: float
    unit: str
    num_dimensions: int
    num_evaluations: int
    num_probes: int


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
    and `finish_reason` is `stop` or `deadline`. `error` comes with `failed`, for `index` alone. A
    finished picture brings its `latent` as `Start` takes it, the evaluations it ran in `step`, and the
    `precision` in which the model multiplied (`float32`, `bfloat16`).
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
    latent: bytes | None = None
    precision: str | None = None


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

    @property
    def sizes(self) -> Sequence[tuple[int, int]]:
        """Return the widths and heights that the model can draw, in pixels; `native_size` is one of them."""
        ...

    @property
    def controls(self) -> Mapping[str, Sequence[str]]:
        """Return the classes a request's `control` may name, by kind; empty without a classifier."""
        ...

    @property
    def guidances(self) -> Sequence[str]:
        """Return the names (`guidance` registry) of the ways in which this model can be guided."""
        ...

    @property
    def neighbours(self) -> int:
        """Return how many pictures the model can be shown beside the words, 0 for none."""
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

    async def encode(self, pixels: Pixels) -> bytes:
        """Return the latent of a picture, as `Start` takes it.

        Raises Unavailable without a worker, Overloaded when too many wait, and InvalidInput (`image`)
        for a size that the model does not draw.
        """
        ...

    async def likelihood(self, pixels: Pixels, prompt: str, seed: int, num_probes: int) -> Likelihood:
        """Return log p of a picture given a prompt, by the probability-flow ODE.

        Its trace is estimated with `num_probes` random directions drawn from the seed. Raises like
        `encode`, and InvalidInput (`num_probes`) for fewer than two or too many.
        """
        ...

    def is_ready(self) -> bool:
        """Return whether the model is loaded and warm."""
        ...

    def gauges(self) -> Mapping[str, float]:
        """Return what was counted where it was executed, by name."""
        ...
