"""Finds the latents of items' pictures: those kept beside them, others encoded once and remembered."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.generate.materials import LATENT
from app.generate.pictures import pixels_of
from models.coloring import recolored

if TYPE_CHECKING:
    from app.domain.engine import Engine, Pixels
    from app.domain.items import Item
    from app.domain.ports import Blobs
    from models.icons.captions import Coloring

logger = logging.getLogger(__name__)

REMEMBERED = 4_096  # latents of 2 KiB


class Encoded:
    """One event loop owns it."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._latents: OrderedDict[str, bytes] = OrderedDict()

    async def latent(self, item: Item, engine: Engine, coloring: Coloring | None = None) -> bytes | None:
        """Return the latent kept beside a picture made by this model, or have its picture encoded.

        With `coloring` it is that of the picture in these colours, None for one of more than two.
        """
        receipt = item.receipt or {}
        kept = receipt.get("latent_sha256") if coloring is None else None
        if isinstance(kept, str) and receipt.get("model_digest") == engine.digest is not None:
            blob = await asyncio.to_thread(self._blobs.get, kept)
            if blob is not None and blob.media_type == LATENT:
                return blob.content
        key = f"{engine.digest}/{item.picture}/{coloring}"
        if key in self._latents:
            self._latents.move_to_end(key)
            return self._latents[key]
        blob = await asyncio.to_thread(self._blobs.get, item.picture or "")
        if blob is None:
            return None
        try:
            pixels = await asyncio.to_thread(pixels_of, blob.content, engine.native_size)
        except Exception as error:  # noqa: BLE001  # hostile bytes make a decoder raise nearly anything
            logger.warning("the picture of %s cannot be read: %s", item.id, error)
            return None
        if coloring is not None:
            inked = await asyncio.to_thread(_inked, pixels, coloring)
            if inked is None:
                return None
            pixels = inked
        latent = self._latents[key] = await engine.encode(pixels)
        while len(self._latents) > REMEMBERED:
            self._latents.popitem(last=False)
        return latent


def _inked(pixels: Pixels, coloring: Coloring) -> Pixels | None:
    """Return a picture in other colours, None when it has more than two."""
    shape = (pixels.height, pixels.width, 3)
    picture = recolored(np.frombuffer(pixels.content, np.uint8).reshape(shape), coloring)
    return None if picture is None else replace(pixels, content=picture.tobytes())
