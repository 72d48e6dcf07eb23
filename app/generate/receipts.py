"""Writes down how a picture was made, so that the same can be made again and proven equal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from models.diffusion.grids import spacing
from models.diffusion.samplers import sampler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

    from app.domain.engine import EngineEvent, Pixels
    from app.domain.jobs import GenerationRequest

VERSION = 3  # 2: sources, masks, control, autoguidance, background, format, latent; 3: neighbours
OLDEST_READABLE = 1
SEED_LIMIT = 2**63
ANY_RANGE = (0.02, 40.0)  # how many evaluations a sampler needs does not depend on its noise levels
REPEATED = (
    "model",
    "prompt",
    "negative_prompt",
    "sampler",
    "grid",
    "steps",
    "guidance",
    "mask",
    "control_scale",
    "autoguidance",
    "background",
    "size",
)


def receipt_of(
    request: GenerationRequest,
    event: EngineEvent,
    pixels: Pixels,
    picture: Image.Image,
    model_digest: str | None,
) -> dict[str, Any]:
    """Return the receipt of a finished picture: the same request gives the same, whenever it runs.

    `seed` is this picture's own. `pixels_sha256` is over the delivered pixels (RGB or RGBA, row by
    row; of a traced picture, what was traced) before they were encoded, `native_sha256` over what
    the model drew, `latent_sha256` over the latent it was decoded from. `evaluations_saved` counts
    those that a picture from noise alone would have taken more.
    """
    native = f"{pixels.width}x{pixels.height}"
    shown = f"{picture.width}x{picture.height}"
    return {
        "version": VERSION,
        "model_digest": model_digest,
        **{name: getattr(request, name) for name in REPEATED},
        "seed": (request.seed + (event.index or 0)) % SEED_LIMIT,
        "guidance_interval": list(request.guidance_interval),
        "control": dict(request.control),
        "source": None if request.source is None else asdict(request.source),
        "neighbours": [asdict(one) for one in request.neighbours],
        "evaluations": event.step,
        "evaluations_planned": event.num_steps,
        "evaluations_saved": saved(request, event.num_steps),
        "rows": event.rows,
        "finish_reason": event.finish_reason,
        "precision": event.precision,
        "output_format": request.format,
        "native_size": native,
        "resampling": None if native == shown else "lanczos",
        "latent_sha256": None if event.latent is None else hashlib.sha256(event.latent).hexdigest(),
        "native_sha256": hashlib.sha256(pixels.content).hexdigest(),
        "pixels_sha256": hashlib.sha256(picture.tobytes()).hexdigest(),
    }


def saved(request: GenerationRequest, num_planned: int | None) -> int:
    """Return how many evaluations fewer were planned than from noise alone: 0 without a source."""
    if request.source is None or num_planned is None:
        return 0
    grid = spacing(request.grid)(request.steps, *ANY_RANGE)
    return max(0, len(sampler(request.sampler)(grid).rows) - num_planned)


def receipt_json(receipt: Mapping[str, Any]) -> str:
    """Return the receipt as one line of JSON in ASCII."""
    return json.dumps(receipt, separators=(",", ":"))
