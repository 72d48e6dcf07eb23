"""Shapes a request for pictures: OpenAI's fields, and ours."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidatorFunctionWrapHandler, WrapValidator

from app.api.schemas.wire import ItemName, Name, Wire
from app.domain.errors import InvalidInput
from app.domain.jobs import GenerationRequest
from app.generate.prime import Prime

NEGATIVE_LIMIT = 4_000
STEPS = {"auto": 10, "low": 4, "medium": 10, "high": 18, "standard": 10, "hd": 18}
SAMPLERS = {"high": "heun", "hd": "heun"}
NATIVE = "128x128"
MAX_RANDOM_SEED = 2**53 - 64  # seed + i stays exact in every JSON reader
CONTROL_SCALE = 2.0
HELP_WORDS = ("auto", "never")
NEIGHBOURS_LIMIT = 10  # items named; how many a model is shown, its entry in `/v1/models` says
# Fields that the use case knows under a name of its own.
WIRE_NAMES = {"num_images": "n", "format": "output_format", "compression": "output_compression"}


@contextmanager
def wire_names() -> Iterator[None]:
    """Raise InvalidInput under the name that the field has on the wire."""
    try:
        yield
    except InvalidInput as error:
        if error.field not in WIRE_NAMES:
            raise
        raise InvalidInput(WIRE_NAMES[error.field], error.message) from error


class PrimeBody(Wire):
    """An item to begin from."""

    item: ItemName
    strength: float | None = Field(None, gt=0, le=1, description="How much is drawn anew; 1 keeps nothing.")


def _word_or(what: str) -> WrapValidator:
    """Let `auto` and `never` through, and read anything else as `what` the field holds."""

    def checked(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
        if not isinstance(value, str):
            return read(value)
        if value not in HELP_WORDS:
            raise ValueError(f"{' or '.join(HELP_WORDS)}, or {what}")
        return value

    return WrapValidator(checked)


class DrawingBody(Wire):
    """What every way of making pictures has in common: OpenAI's fields and, below `user`, ours."""

    model: Name = "trouvere-icons"
    n: int = Field(1, ge=1, le=10)
    size: str = Field("auto", pattern=r"^(auto|\d{1,5}x\d{1,5})$")
    quality: Literal["auto", "low", "medium", "high", "standard", "hd"] = "auto"
    response_format: Literal["url", "b64_json"] = "b64_json"
    output_format: Literal["png", "jpeg", "webp", "svg"] = "png"
    output_compression: int = Field(100, ge=0, le=100)
    background: Literal["auto", "opaque", "transparent"] = "auto"
    stream: bool = False
    partial_images: int = Field(0, ge=0, le=3)
    user: Name | None = None
    negative_prompt: Annotated[str, StringConstraints(max_length=NEGATIVE_LIMIT)] = ""
    seed: int | None = Field(None, ge=0, lt=2**63 - 10, description="Picture i is drawn from seed + i.")
    steps: int | None = Field(
        None, ge=1, le=200, description="Sampler steps; `quality` decides when left out."
    )
    sampler: Name | None = Field(None, description="A name of the capability list `samplers`.")
    grid: Name = Field("karras", description="A name of the capability list `grids`.")
    guidance: float = Field(3.0, ge=1, le=30, description="Classifier-free guidance scale; 1 is none.")
    guidance_interval: tuple[float, float] = Field(
        (0.2, 10.0), description="Noise levels (low, high] at which guidance is applied."
    )
    control: dict[Name, Name] = Field(
        default={}, max_length=10, description="Classes by kind, as the model's entry in `/v1/models` lists."
    )
    control_scale: float | None = Field(
        None, ge=0, le=100, description=f"Strength of `control`; {CONTROL_SCALE:g} when left out."
    )
    autoguidance: float = Field(0.0, ge=0, le=10, description="Scale against a weaker model; 0 is off.")
    save: bool = Field(True, description="Keep the picture as an item, so that it is found again.")
    priority: int = Field(0, ge=-10, le=10)
    deadline_ms: float | None = Field(None, ge=1, le=3_600_000)
    at_deadline: Literal["picture", "fail"] = Field(
        "picture", description="At the deadline: the best picture so far, or an error."
    )

    def request_for(self, prompt: str, **more: Any) -> GenerationRequest:
        """Return the use case's own record; a seed is drawn when none is given."""
        if self.partial_images and not self.stream:
            raise InvalidInput("partial_images", "partial images come with `stream: true` only")
        low, high = self.guidance_interval
        if not 0 <= low <= high:
            raise InvalidInput("guidance_interval", "two noise levels, 0 <= low <= high")
        return GenerationRequest(
            prompt=prompt,
            negative_prompt=self.negative_prompt,
            seed=secrets.randbelow(MAX_RANDOM_SEED) if self.seed is None else self.seed,
            num_images=self.n,
            steps=STEPS[self.quality] if self.steps is None else self.steps,
            sampler=SAMPLERS.get(self.quality, "dpmpp_2m") if self.sampler is None else self.sampler,
            grid=self.grid,
            guidance=self.guidance,
            guidance_interval=(low, high),
            model=self.model,
            size=NATIVE if self.size == "auto" else self.size,
            format=self.output_format,
            compression=self.output_compression,
            partial_images=self.partial_images,
            save=self.save,
            priority=self.priority,
            deadline_ms=self.deadline_ms,
            at_deadline=self.at_deadline,
            user=self.user,
            control=self.control,
            control_scale=self._control_scale(),
            autoguidance=self.autoguidance,
            background="transparent" if self.background == "transparent" else "opaque",
            **more,
        )

    def _control_scale(self) -> float:
        if self.control_scale is not None:
            return self.control_scale
        return CONTROL_SCALE if self.control else 0.0

    def echo(self, request: GenerationRequest) -> dict[str, Any]:
        """Return the fields that OpenAI's answers repeat."""
        return {
            "background": request.background,
            "output_format": request.format,
            "quality": self.quality,
            "size": request.size,
        }


class GenerationBody(DrawingBody):
    """What to make from words alone, or with the help of what was found."""

    prompt: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    moderation: Literal["auto", "low"] = "auto"
    prime: Annotated[PrimeBody | None, _word_or("an item to begin from")] = Field(
        None,
        description="Begin from the nearest picture where that helps (`auto`), `never`, or from an item; "
        "`auto` when neither this nor a seed is given.",
    )
    neighbours: Annotated[
        Annotated[list[ItemName], Field(min_length=1, max_length=NEIGHBOURS_LIMIT)] | None,
        _word_or("items to be shown"),
    ] = Field(
        None,
        description="Show the model the nearest found pictures beside the words (`auto`), `never`, or these "
        "items; `auto` when neither this nor a seed is given.",
    )

    def to_request(self) -> GenerationRequest:
        """Return the use case's own record."""
        return self.request_for(self.prompt)

    def to_neighbours(self) -> Sequence[str] | None:
        """Return the items to show, none for the nearest, None for nothing: as `prime`, off with a seed."""
        asked: object = self.neighbours
        if isinstance(asked, list):
            return asked
        return () if self._is_helped(asked) else None

    def to_prime(self) -> Prime | None:
        """Return what the picture may begin from: with a seed nothing, unless it is asked for."""
        prime: object = self.prime
        if isinstance(prime, PrimeBody):
            return Prime(prime.item, prime.strength)
        return Prime() if self._is_helped(prime) else None

    def _is_helped(self, asked: object) -> bool:
        return asked == "auto" or (asked is None and self.seed is None)
