"""Finds what a picture may begin from, so that fewer evaluations are run: the nearest picture there is."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.domain.engine import FINISHED
from app.domain.errors import InvalidInput, TrouvereError
from app.domain.items import FOUND, GENERATED
from app.domain.jobs import Source
from app.generate.develop import blob_of
from app.generate.materials import LATENT, sigma_of
from models.coloring import told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.domain.engine import Engine
    from app.domain.items import Item
    from app.domain.log import Blob
    from app.domain.ports import Documents
    from app.generate.encoded import Encoded

logger = logging.getLogger(__name__)

ASKED = "asked"
AUTO = "auto"
CANDIDATES = 16


@dataclass(frozen=True, slots=True)
class Prime:
    """What a caller says about beginning from a picture.

    Without an item the nearest may be taken, where the table says that it helps. With one it is
    that item, at `strength` above 0 and up to 1, or without at the table's level for its similarity.
    """

    item: str | None = None
    strength: float | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """An item near some texts, by the cosine of its text vector with the middle of theirs."""

    item: str
    similarity: float


class Levels(Protocol):
    """The measured table of start levels; `models.reuse.ReuseTable` answers it."""

    def start(self, origin: str, similarity: float) -> float | None: ...


class Primer:
    """Chooses sources, for one event loop."""

    def __init__(
        self,
        neighbours: Callable[[Sequence[str], int], Awaitable[Sequence[Near]]],
        documents: Documents,
        encoded: Encoded,
        levels: Levels | None,
    ) -> None:
        self._neighbours = neighbours
        self._documents = documents
        self._encoded = encoded
        self._levels = levels

    async def source(self, prompt: str, prime: Prime, engine: Engine) -> tuple[Source, Blob] | None:
        """Return what to begin from with its latent, None when that is noise alone.

        Raises InvalidInput naming `prime.item` for one that is not there or has no picture. A search
        or an encoding that fails costs the help of `auto`, never the picture.
        """
        if prime.item is not None:
            return await self._asked(prime.item, prime.strength, engine)
        try:
            return await self._nearest(prompt, engine)
        except TrouvereError as error:
            logger.warning("a picture begins from noise alone: %s", error)
            return None

    async def _asked(self, item_id: str, strength: float | None, engine: Engine) -> tuple[Source, Blob]:
        item = await asyncio.to_thread(self._documents.get, item_id)
        if item is None or item.picture is None:
            raise InvalidInput("prime.item", f"there is no item {item_id!r} with a picture")
        latent = await self._encoded.latent(item, engine)
        if latent is None:
            raise InvalidInput("prime.item", f"the picture of {item_id!r} cannot be read")
        blob = blob_of(LATENT, latent)
        sigma = sigma_of(0.5 if strength is None else strength)
        return Source(blob.digest, sigma, is_latent=True, item=item_id, why=ASKED), blob

    async def _nearest(self, prompt: str, engine: Engine) -> tuple[Source, Blob] | None:
        """Take the neighbour that lets the picture start lowest, of equals the most similar.

        Pictures made here stand for their whole prompt. Those of callers are compared with its
        words and the thing among them, and put into its colours.
        """
        if self._levels is None:
            return None
        wish = told(prompt)
        choices = await self._choices((prompt,), GENERATED)
        if wish.coloring is not None:
            choices += await self._choices(wish.texts, FOUND)
        for sigma, distance, item in sorted(choices, key=lambda one: (one[0], one[1], one[2].id)):
            coloring = wish.coloring if item.origin == FOUND else None
            latent = await self._encoded.latent(item, engine, coloring)
            if latent is not None:
                blob = blob_of(LATENT, latent)
                similarity = round(min(-distance, 1.0), 4)
                return Source(blob.digest, sigma, True, item.id, similarity, AUTO), blob
        return None

    async def _choices(self, texts: Sequence[str], origin: str) -> list[tuple[float, float, Item]]:
        """Return start level, negated similarity and item of the neighbours that the table allows."""
        near = await self._neighbours(texts, CANDIDATES)
        items = await asyncio.to_thread(self._documents.get_many, [one.item for one in near])
        choices: list[tuple[float, float, Item]] = []
        for one in near:
            item = items.get(one.item)
            if item is None or item.picture is None or item.origin != origin or self._levels is None:
                continue
            sigma = self._levels.start(origin, one.similarity)
            if sigma is not None and (origin == FOUND or _is_plain(item)):
                choices.append((sigma, -one.similarity, item))
        return choices


def _is_plain(item: Item) -> bool:
    """Tell whether the picture was drawn from its words, to the end: an edit is of something else too."""
    receipt = item.receipt or {}
    source = receipt.get("source")
    whole = receipt.get("mask") is None and receipt.get("finish_reason") == FINISHED
    return whole and (source is None or source.get("why") == AUTO)
