"""Gives searches what they decide by about making a picture: titles to compare with, the flow's coverage."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import models
from app.domain.jobs import GenerationRequest
from app.generate.prime import Prime
from app.ingest.vectors import TEXT_SPACE
from app.search.discover import Discover

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import numpy as np
    import numpy.typing as npt

    from app.bootstrap.generator import Generator
    from app.bootstrap.views import ViewsOfLog
    from app.search.encoding import QueryEncoder
    from indexes.collection import Collection
    from models.flow.coverage import Coverage

    Vector = npt.NDArray[np.float32]

logger = logging.getLogger(__name__)

PLACES = ("flow", "icons")  # of the shipped weights, where a coverage may lie
COVERAGE = "coverage.json"
SEED_LIMIT = 2**53  # exact in every JSON reader
PREVIEWS = 2


@dataclass(frozen=True, slots=True)
class CollectionTitles:
    """Asks titles of a collection as queries by meaning: queries that it is known to answer."""

    collection: Collection
    encoder: QueryEncoder

    def size(self) -> int:
        """Return how many items there are."""
        return self.collection.num_items

    async def best_scores(self, number: int) -> list[float]:
        """Return the cosine of the item nearest to each of up to `number` titles spread evenly."""
        records = self.collection.records(range(0, self.size(), max(1, self.size() // number)))
        asked = [record.title for record in records if record is not None and record.title]
        vectors = await asyncio.gather(*(self.encoder.encode(title) for title in asked[:number]))
        return await asyncio.to_thread(self._nearest, vectors)

    def _nearest(self, vectors: list[Vector]) -> list[float]:
        found = (self.collection.spaces[TEXT_SPACE].search(vector, 1).scores for vector in vectors)
        return [float(scores[0]) for scores in found if len(scores)]


class LazyCoverage:
    """A flow that is loaded when it is first asked: torch alone takes seconds to import."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="coverage")
        self._loaded: Coverage | None = None

    def __call__(self, vector: Vector) -> float:
        """Return the share of the wording it was measured on that is rarer than this vector, 0 to 1."""
        return self._pool.submit(self._share, vector).result()

    def _share(self, vector: Vector) -> float:
        from models.flow.coverage import Coverage

        if self._loaded is None:
            self._loaded = Coverage.load(self._folder)
        return float(self._loaded.percentile(self._loaded.log_density(vector[None]))[0])


def make_discover(views: ViewsOfLog, encoder: QueryEncoder | None, generator: Generator | None) -> Discover:
    """Return the use case; without an encoder nothing is known of how well a query is covered."""
    collection = views.collection
    make = None if generator is None else _maker(generator)
    if encoder is None or views.encoder is None:
        return Discover(make, None, None, None)
    titles = CollectionTitles(collection, encoder)
    return Discover(make, encoder.encode, coverage_of(views.encoder.name), titles)


def coverage_of(encoder: str) -> LazyCoverage | None:
    """Return the shipped flow over vectors of this encoder, None when there is none."""
    for place in PLACES:
        folder = Path(models.__path__[0]) / "weights" / place
        path = folder / COVERAGE
        if path.is_file() and json.loads(path.read_text(encoding="utf-8"))["text_encoder"] == encoder:
            return LazyCoverage(folder)
    return None


def _maker(generator: Generator) -> Callable[[str], Awaitable[str]]:
    async def make(prompt: str) -> str:
        request = GenerationRequest(
            prompt,
            seed=secrets.randbelow(SEED_LIMIT),
            model=generator.client.model,
            size="auto",
            partial_images=PREVIEWS,
        )
        return (await generator.generation.submit(request, prime=Prime(), neighbours=())).id

    return make
