"""Proves pictures from their receipts, and measures how likely they are."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter

from app.api.deps import ServicesDep
from app.api.schemas.proofs import LikelihoodBody, ReplayBody, likelihood_json, proof_json
from app.api.schemas.wire import read_base64
from app.domain.errors import Unavailable
from app.generate.pictures import UploadLimits, read_upload
from app.services import Services, Studio

router = APIRouter(tags=["images"])


def _studio(found: Services) -> Studio:
    if found.studio is None:
        message = "this service was started without a generator"
        raise Unavailable(message)
    return found.studio


@router.post("/v1/images/replay")
async def replay(body: ReplayBody, found: ServicesDep) -> dict[str, Any]:
    """Make the picture of a receipt again and say whether every pixel is the same."""
    return proof_json(await _studio(found).replays.replay(body.to_receipt()))


@router.post("/v1/images/likelihood")
async def likelihood(body: LikelihoodBody, found: ServicesDep) -> dict[str, Any]:
    """Return log p of a picture under the model, with its standard error and unit."""
    studio = _studio(found)
    limits = UploadLimits(found.settings.max_picture_bytes, found.settings.max_picture_pixels)
    content = read_base64("image", body.image)
    picture = await asyncio.to_thread(read_upload, "image", content, limits)
    value = await studio.measuring.likelihood(picture.content, body.prompt, body.seed, body.num_probes)
    return likelihood_json(value, studio.engine.model, studio.engine.digest)
