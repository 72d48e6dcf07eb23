"""Checks a generation request against what this build and its model can do, naming the wrong field."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from app.domain.errors import InvalidInput
from app.domain.jobs import GenerationRequest
from app.generate.encode import format_named
from app.generate.materials import SIGMA_LIMIT
from models.diffusion.grids import spacing
from models.diffusion.samplers import FEW, FEW_STEPS, sampler
from models.exported import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROMPT_LIMIT = 4_000  # characters
IMAGES_LIMIT = 10
STEPS_LIMIT = 200
GUIDANCE_LIMIT = 30.0
CONTROL_LIMIT = 100.0
AUTOGUIDANCE_LIMIT = 10.0
PRIORITY_LIMIT = 10
PREVIEWS_LIMIT = 3
DEADLINE_LIMIT_MS = 3_600_000.0
SEED_LIMIT = 2**63
SCALES = (1, 2, 4, 8)
AUTO = "auto"  # the name of autoguidance in the registry `guidance`
DISTILLED = "distilled"  # and that of what a few-step head has learned
FEW_GRID = "trailing"
USUAL = GenerationRequest(prompt="")


class Drawer(Protocol):
    """What a model says of itself; an engine answers it."""

    @property
    def model(self) -> str: ...

    @property
    def native_size(self) -> tuple[int, int]: ...

    @property
    def sizes(self) -> Sequence[tuple[int, int]]: ...

    @property
    def controls(self) -> Mapping[str, Sequence[str]]: ...

    @property
    def guidances(self) -> Sequence[str]: ...

    @property
    def neighbours(self) -> int: ...


def checked(request: GenerationRequest, drawer: Drawer) -> GenerationRequest:
    """Return the request with its size settled. Raises InvalidInput with the name of the wrong field."""
    _check_words(request)
    _check_names(request, drawer.model)
    _check_numbers(request)
    _check_format(request)
    _check_guidance(request, drawer)
    _check_source(request, drawer)
    _check_time(request)
    if request.sampler == FEW:
        request = _few(request, drawer)
    sizes = supported_sizes(drawer)
    size = sizes[0] if request.size == "auto" else request.size
    if size not in sizes:
        raise InvalidInput("size", f"{size!r} is not offered; choose auto, {', '.join(sizes)}")
    return replace(request, size=size)


def may_begin(request: GenerationRequest, item: str | None) -> bool:
    """Tell whether a picture, or the one of an item, may be looked for to begin from.

    Raises InvalidInput naming `prime.item` when there is one and the request begins from noise alone.
    """
    if request.sampler == FEW and item is not None:
        raise InvalidInput("prime.item", f"the sampler {FEW!r} begins from noise alone")
    return request.sampler != FEW and request.source is None


def supported_sizes(drawer: Drawer) -> tuple[str, ...]:
    """Return the sizes offered: the model's own first, then 2, 4 and 8 times that, then others it draws.

    What the model does not draw is reached by resampling.
    """
    width, height = drawer.native_size
    scaled = [(width * scale, height * scale) for scale in SCALES]
    others = [size for size in drawer.sizes if size not in scaled]
    return tuple(f"{width}x{height}" for width, height in (*scaled, *others))


def drawn_size(request: GenerationRequest, drawer: Drawer) -> tuple[int, int]:
    """Return the width and height at which the model draws a checked request."""
    width, _, height = request.size.partition("x")
    asked = (int(width), int(height))
    return asked if asked in drawer.sizes else drawer.native_size


def _check_words(request: GenerationRequest) -> None:
    if not request.prompt.strip() and request.source is None:
        raise InvalidInput("prompt", "a prompt has at least one word")
    for field in ("prompt", "negative_prompt"):
        if len(getattr(request, field)) > PROMPT_LIMIT:
            raise InvalidInput(field, f"at most {PROMPT_LIMIT} characters are read")


def _check_names(request: GenerationRequest, model: str) -> None:
    if request.model != model:
        raise InvalidInput("model", f"{request.model!r} is not served here; this node runs {model!r}")
    for field, find in (("sampler", sampler), ("grid", spacing), ("format", format_named)):
        try:
            find(getattr(request, field))
        except UnknownNameError as error:
            raise InvalidInput(field, str(error)) from error


def _check_numbers(request: GenerationRequest) -> None:
    _check_range("seed", request.seed, 0, SEED_LIMIT - 1)
    _check_range("num_images", request.num_images, 1, IMAGES_LIMIT)
    _check_range("steps", request.steps, 1, STEPS_LIMIT)
    _check_range("guidance", request.guidance, 0.0, GUIDANCE_LIMIT)
    _check_range("autoguidance", request.autoguidance, 0.0, AUTOGUIDANCE_LIMIT)
    _check_range("partial_images", request.partial_images, 0, PREVIEWS_LIMIT)
    _check_range("priority", request.priority, -PRIORITY_LIMIT, PRIORITY_LIMIT)
    _check_range("compression", request.compression, 0, 100)
    low, high = request.guidance_interval
    if not 0 <= low < high:
        raise InvalidInput("guidance_interval", f"need 0 <= low < high, not {low} and {high}")


def _check_format(request: GenerationRequest) -> None:
    form, name = format_named(request.format), request.format
    if not form.is_lossy and request.compression != 100:
        raise InvalidInput("compression", f"{name} is lossless; compression is for jpeg and webp")
    if request.background not in {"opaque", "transparent"}:
        raise InvalidInput("background", f"{request.background!r} is unknown; choose opaque or transparent")
    if request.background == "transparent" and not form.has_alpha:
        raise InvalidInput("background", f"{name} cannot be transparent; choose png, webp or svg")
    if form.is_vector and request.partial_images:
        raise InvalidInput("partial_images", f"{name} is traced from the finished picture; there are none")


def _check_guidance(request: GenerationRequest, drawer: Drawer) -> None:
    if request.autoguidance and AUTO not in drawer.guidances:
        raise InvalidInput("autoguidance", f"{drawer.model} has no weaker model to be compared with")
    controls = drawer.controls
    for kind, name in request.control.items():
        if kind not in controls:
            known = ", ".join(controls) or "nothing: this model has no classifier"
            raise InvalidInput(f"control.{kind}", f"pictures are controlled by {known}")
        if name not in controls[kind]:
            known = ", ".join(controls[kind])
            raise InvalidInput(f"control.{kind}", f"{name!r} is no {kind} known here; known are {known}")
    _check_range("control_scale", request.control_scale, 0.0, CONTROL_LIMIT)
    if request.control_scale and not request.control:
        raise InvalidInput("control_scale", "it strengthens `control`, and there is none")


def _few(request: GenerationRequest, drawer: Drawer) -> GenerationRequest:
    """Return a request for the few-step head on its own grid: what it cannot do is refused by name."""
    if DISTILLED not in drawer.guidances:
        raise InvalidInput("sampler", f"{drawer.model} has no few-step head")
    if request.steps not in FEW_STEPS:
        raise InvalidInput("steps", f"the sampler {FEW!r} takes 1, 2 or 4, not {request.steps}")
    plain = replace(request, grid=FEW_GRID)
    if request.grid not in {FEW_GRID, _default("grid")}:
        raise InvalidInput("grid", f"the sampler {FEW!r} has its own, {FEW_GRID!r}")
    for field in ("guidance", "guidance_interval", "negative_prompt", "autoguidance", "control"):
        if (value := getattr(request, field)) != (usual := _default(field)):
            raise InvalidInput(field, f"the sampler {FEW!r} has {usual!r} inside, not {value!r}")
    if request.source is not None:
        raise InvalidInput("sampler", f"{FEW!r} begins from noise alone, not from a picture")
    return plain


def _default(field: str) -> object:
    return getattr(USUAL, field)


def _check_source(request: GenerationRequest, drawer: Drawer) -> None:
    if request.mask is not None and request.source is None:
        raise InvalidInput("mask", "a mask keeps part of a picture, and none is given")
    if len(request.neighbours) > drawer.neighbours:
        raise InvalidInput("neighbours", f"{drawer.model} is shown {drawer.neighbours} at most")
    if request.source is not None:
        _check_range("strength", request.source.sigma, 1e-6, SIGMA_LIMIT)


def _check_time(request: GenerationRequest) -> None:
    if request.deadline_ms is not None:
        _check_range("deadline_ms", request.deadline_ms, 1.0, DEADLINE_LIMIT_MS)
    if request.at_deadline not in {"picture", "fail"}:
        raise InvalidInput("at_deadline", f"{request.at_deadline!r} is unknown; choose picture or fail")


def _check_range(field: str, value: float, low: float, high: float) -> None:
    if not (low <= value <= high) or math.isnan(value):
        raise InvalidInput(field, f"need {low} to {high}, not {value}")
