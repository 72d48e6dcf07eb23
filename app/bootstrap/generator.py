"""Builds the generation use case and the worker process behind it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from app.domain.errors import InvalidInput
from app.generate.service import Generation
from app.worker.hire import hire
from models.catalog import UnknownModel, find_model

if TYPE_CHECKING:
    from app.bootstrap.tools import Tools
    from app.settings import Settings
    from app.worker.client import WorkerClient

logger = logging.getLogger(__name__)

NATIVE_SIZE = (128, 128)
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
    """The use case with the worker it draws with."""

    generation: Generation
    client: WorkerClient

    async def open(self) -> None:
        """Start the worker, and go on with what an earlier process left unfinished."""
        await self.client.open()
        resumed = await self.generation.resume()
        if resumed:
            logger.info("%d unfinished jobs are made again", resumed)

    async def close(self) -> None:
        """Stop accepting, then end the worker."""
        await self.generation.close()
        await self.client.close()

    def readings(self) -> dict[str, float]:
        """Return the worker's gauges under the names of metrics."""
        told = self.client.gauges()
        return {ours: told[theirs] for theirs, ours in GAUGES.items() if theirs in told}


def make_generator(settings: Settings, tools: Tools) -> Generator | None:
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
    )
    store = tools.store
    generation = Generation(
        store.log, store.jobs, store.blobs, client, time.time, lambda: f"job-{uuid4().hex}"
    )
    return Generator(generation, client)
