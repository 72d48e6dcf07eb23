"""Finds the pictures that a model is shown beside the words: the nearest found ones, or those named."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput, TrouvereError
from app.domain.items import FOUND
from app.domain.jobs import Neighbour
from app.generate.develop import blob_of
from app.generate.materials import LATENT
from models.coloring import told
from models.icons.captions import PLAIN
from models.reuse import LEAST_SHOWN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.domain.engine import Engine
    from app.domain.items import Item
    from app.domain.log import Blob
    from app.domain.ports import Documents
    from app.generate.encoded import Encoded
    from app.generate.prime import Near

logger = logging.getLogger(__name__)

CANDIDATES = 16

# What is shown, with the latents that must be kept for it.
Shown = tuple[tuple[Neighbour, ...], tuple["Blob", ...]]


class Neighbourhood:
    """Chooses what is shown, for one event loop.

    Pictures are shown in black on white where they are of two colours, as the shipped model learned to
    see them: what they show counts, and colours are told in words. Pictures made here are not shown,
    so that no model learns its own mistakes from itself.
    """

    def __init__(
        self,
        near: Callable[[Sequence[str], int], Awaitable[Sequence[Near]]],
        documents: Documents,
        encoded: Encoded,
    ) -> None:
        self._near = near
        self._documents = documents
        self._encoded = encoded

    async def shown(self, prompt: str, items: Sequence[str], engine: Engine) -> Shown:
        """Return what is shown of `items`, of the items nearest to the prompt where none is named.

        Raises InvalidInput naming `neighbours` for more than the model sees, and for one that is not there
        or has no picture. A search or encoding that fails costs the help of the nearest, never the picture.
        """
        if items:
            return await self._named(items, engine)
        try:
            return await self._nearest(prompt, engine) if engine.neighbours else ((), ())
        except TrouvereError as error:
            logger.warning("a picture is drawn from its words alone: %s", error)
            return (), ()

    async def _named(self, items: Sequence[str], engine: Engine) -> Shown:
        if len(items) > engine.neighbours:
            raise InvalidInput("neighbours", f"{engine.model} is shown {engine.neighbours} at most")
        found = await asyncio.to_thread(self._documents.get_many, list(items))
        chosen = []
        for place, name in enumerate(items):
            item = found.get(name)
            latent = None if item is None else await self._latent(item, engine)
            if latent is None:
                raise InvalidInput(f"neighbours.{place}", f"there is no item {name!r} with a picture")
            chosen.append((Neighbour(blob_of(LATENT, latent).digest, name), blob_of(LATENT, latent)))
        return _split(chosen)

    async def _nearest(self, prompt: str, engine: Engine) -> Shown:
        found = await self._near(told(prompt).texts, CANDIDATES)
        near = [one for one in found if one.similarity >= LEAST_SHOWN]
        items = await asyncio.to_thread(self._documents.get_many, [one.item for one in near])
        chosen: list[tuple[Neighbour, Blob]] = []
        for one in sorted(near, key=lambda one: (-one.similarity, one.item)):
            item = items.get(one.item)
            if len(chosen) == engine.neighbours:
                break
            latent = await self._latent(item, engine) if item is not None and item.origin == FOUND else None
            if latent is not None:
                blob = blob_of(LATENT, latent)
                similarity = round(min(one.similarity, 1.0), 4)
                chosen.append((Neighbour(blob.digest, one.item, similarity), blob))
        return _split(chosen)

    async def _latent(self, item: Item, engine: Engine) -> bytes | None:
        """Return the latent of an item's picture in black on white, or as it is where it has more colours."""
        if item.picture is None:
            return None
        plain = await self._encoded.latent(item, engine, PLAIN)
        return plain if plain is not None else await self._encoded.latent(item, engine)


def _split(chosen: Sequence[tuple[Neighbour, Blob]]) -> Shown:
    return tuple(one for one, _ in chosen), tuple(blob for _, blob in chosen)
