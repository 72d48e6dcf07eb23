"""Writes down how a picture was made, so that the same can be made again and proven equal."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

    from app.domain.engine import EngineEvent, Pixels
    from app.domain.jobs import GenerationRequest

VERSION = 1
OLDEST_READABLE = 1
SEED_LIMIT = 2**63


def receipt_of(
    request: GenerationRequest,
    event: EngineEvent,
    pixels: Pixels,
    picture: Image.Image,
    model_digest: str | None,
) -> dict[str, Any]:
    """Return the receipt of a finished picture: the same request gives the same, whenever it runs.

    `seed` is this picture's own. `pixels_sha256` is over the delivered pixels (RGB, row by row)
    before they were encoded, `native_sha256` over what the model drew.
    """
    native = f"{pixels.width}x{pixels.height}"
    return {
        "version": VERSION,
        "model": request.model,
        "model_digest": model_digest,
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "seed": (request.seed + (event.index or 0)) % SEED_LIMIT,
        "sampler": request.sampler,
        "grid": request.grid,
        "steps": request.steps,
        "guidance": request.guidance,
        "guidance_interval": list(request.guidance_interval),
        "evaluations": event.step,
        "evaluations_planned": event.num_steps,
        "rows": event.rows,
        "finish_reason": event.finish_reason,
        "size": request.size,
        "native_size": native,
        "resampling": None if native == request.size else "lanczos",
        "native_sha256": hashlib.sha256(pixels.content).hexdigest(),
        "pixels_sha256": hashlib.sha256(picture.tobytes()).hexdigest(),
    }


def receipt_json(receipt: Mapping[str, Any]) -> str:
    """Return the receipt as one line of JSON in ASCII."""
    return json.dumps(receipt, separators=(",", ":"))
