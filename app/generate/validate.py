"""Checks a generation request against what this build and its model can do, naming the wrong field."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput
from app.generate.encode import format_named
from models.diffusion.grids import spacing
from models.diffusion.samplers import sampler
from models.exported import UnknownNameError

if TYPE_CHECKING:
    from app.domain.jobs import GenerationRequest

PROMPT_LIMIT = 4_000  # characters
IMAGES_LIMIT = 10
STEPS_LIMIT = 200
GUIDANCE_LIMIT = 30.0
PRIORITY_LIMIT = 10
PREVIEWS_LIMIT = 3
DEADLINE_LIMIT_MS = 3_600_000.0
SEED_LIMIT = 2**63
SCALES = (1, 2, 4, 8)


def checked(request: GenerationRequest, model: str, native_size: tuple[int, int]) -> GenerationRequest:
    """Return the request with its size settled. Raises InvalidInput with the name of the wrong field."""
    _check_words(request)
    _check_names(request, model)
    _check_numbers(request)
    _check_time(request)
    sizes = supported_sizes(native_size)
    size = sizes[0] if request.size == "auto" else request.size
    if size not in sizes:
        raise InvalidInput("size", f"{size!r} is not offered; choose auto, {', '.join(sizes)}")
    return replace(request, size=size)


def supported_sizes(native_size: tuple[int, int]) -> tuple[str, ...]:
    """Return the sizes offered: the model's own first, then 2, 4 and 8 times that by resampling."""
    return tuple(f"{native_size[0] * scale}x{native_size[1] * scale}" for scale in SCALES)


def _check_words(request: GenerationRequest) -> None:
    if not request.prompt.strip():
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
    _check_range("partial_images", request.partial_images, 0, PREVIEWS_LIMIT)
    _check_range("priority", request.priority, -PRIORITY_LIMIT, PRIORITY_LIMIT)
    _check_range("compression", request.compression, 0, 100)
    if request.format == "png" and request.compression != 100:
        raise InvalidInput("compression", "PNG is lossless; compression is for jpeg and webp")
    low, high = request.guidance_interval
    if not 0 <= low < high:
        raise InvalidInput("guidance_interval", f"need 0 <= low < high, not {low} and {high}")


def _check_time(request: GenerationRequest) -> None:
    if request.deadline_ms is not None:
        _check_range("deadline_ms", request.deadline_ms, 1.0, DEADLINE_LIMIT_MS)
    if request.at_deadline not in {"picture", "fail"}:
        raise InvalidInput("at_deadline", f"{request.at_deadline!r} is unknown; choose picture or fail")


def _check_range(field: str, value: float, low: float, high: float) -> None:
    if not (low <= value <= high) or math.isnan(value):
        raise InvalidInput(field, f"need {low} to {high}, not {value}")
