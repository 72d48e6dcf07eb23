"""Builds the generation use cases and the worker process behind them."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from app.domain.errors import InvalidInput
from app.generate.copies import Fingerprints
from app.generate.encoded import Encoded
from app.generate.finds import Finds
from app.generate.measure import Measuring
from app.generate.neighbours import Neighbourhood
from app.generate.prime import Near, Primer
from app.generate.proof import Replays
from app.generate.service import Generation
from app.generate.watching import Watcher
from app.ingest.vectors import TEXT_SPACE
from app.services import Studio
from app.worker.hire import hire
from models.catalog import UnknownModel, find_model
from models.coloring import middle
from models.reuse import ReuseTable, UnreadableTable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from app.bootstrap.tools import Tools
    from app.bootstrap.views import ViewsOfLog
    from app.search.encoding import QueryEncoder
    from app.settings import Settings
    from app.worker.client import WorkerClient

logger = logging.getLogger(__name__)

NATIVE_SIZE = (128, 128)  # until the worker has told its model's own
GAUGES = {
    "ready": "model_ready",
    "waiting": "generation_waiting",
    "running": "generation_running",
    "rows": "generation_rows",
    "evaluations_total": "generation_evaluations_total",
    "calls_total": "generation_calls_total",
    "restarts_total": "generation_restarts_total",
}


@dataclass(frozen=True, slots=True)
class Generator:
    """The use cases with the worker they draw with, and the follower that knows the collection's pictures."""

    generation: Generation
    studio: Studio
    client: WorkerClient
    watcher: Watcher

    async def open(self) -> None:
        """Start the worker, and go on with what an earlier process left unfinished."""
        self.watcher.start()
        await self.client.open()
        resumed = await self.generation.resume()
        if resumed:
            logger.info("%d unfinished jobs are made again", resumed)

    async def close(self) -> None:
        """Stop accepting, then end the worker."""
        await self.generation.close()
        await self.client.close()
        await asyncio.to_thread(self.watcher.stop)

    def readings(self) -> dict[str, float]:
        """Return the worker's gauges under the names of metrics."""
        told = self.client.gauges()
        return {ours: told[theirs] for theirs, ours in GAUGES.items() if theirs in told}


def make_generator(
    settings: Settings, tools: Tools, views: ViewsOfLog, encoder: QueryEncoder | None
) -> Generator | None:
    """Return the generator that the settings name, None for `none`; raises InvalidInput for others."""
    if settings.model == "none":
        return None
    try:
        model = find_model(settings.model)
    except UnknownModel as error:
        raise InvalidInput("model", str(error.args[0])) from error
    client = hire(
        model.directory,
        model=model.name,
        native_size=NATIVE_SIZE,
        max_pictures=settings.queue_limit,
        rows=settings.batch_rows,
        threads=settings.worker_threads,
        niceness=settings.worker_niceness,
        device=settings.device,
    )
    store, fingerprints = tools.store, Fingerprints()
    near, encoded = _near(views, encoder), Encoded(store.blobs)
    generation = Generation(
        store.log,
        store.jobs,
        store.blobs,
        client,
        time.time,
        lambda: f"job-{uuid4().hex}",
        finds=Finds(
            Primer(near, store.documents, encoded, _levels(model.directory)),
            Neighbourhood(near, store.documents, encoded),
        ),
        copies=fingerprints,
    )
    replays = Replays(generation, store.blobs, lambda: client.digest)
    watcher = Watcher(store.log, store.documents, store.blobs, views.cache, fingerprints)
    return Generator(generation, Studio(client, replays, Measuring(client)), client, watcher)


def _levels(folder: Path) -> ReuseTable | None:
    """Return the model's measured start levels; one that cannot be read only costs the reuse."""
    try:
        return ReuseTable.read(folder)
    except UnreadableTable as error:
        logger.warning("pictures begin from noise alone: %s", error)
        return None


def _near(
    views: ViewsOfLog, encoder: QueryEncoder | None
) -> Callable[[Sequence[str], int], Awaitable[Sequence[Near]]]:
    """Return a search for the items nearest to the middle of some texts by meaning."""

    async def near(texts: Sequence[str], number: int) -> list[Near]:
        collection = views.collection
        if encoder is None or TEXT_SPACE not in collection.spaces:
            return []
        vector = middle(np.stack([await encoder.encode(text.strip()) for text in texts]))
        found = collection.spaces[TEXT_SPACE].search(vector, number)
        ids = collection.ids(found.ordinals.tolist())
        return [Near(item, float(score)) for item, score in zip(ids, found.scores, strict=True)]

    return near
