"""Builds the generation use case and the worker process behind it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from app.domain.errors import InvalidInput
from app.generate.service import Generation
from app.worker.client import WorkerClient
from app.worker.mailbox import Mailbox
from app.worker.messages import Setup
from app.worker.recipe import Recipe
from models.catalog import UnknownModel, find_model

if TYPE_CHECKING:
    from app.bootstrap.tools import Tools
    from app.domain.engine import Order
    from app.settings import Settings

logger = logging.getLogger(__name__)

LOADER = "models.latent.system:LatentSystem.load"
NATIVE_SIZE = (128, 128)
FIRST_GUESS_S = 0.05  # of an evaluation, until the worker has measured one
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
    recipe = Recipe()

    def cost(order: Order) -> int:
        return len(recipe.table(order.request).rows)

    setup = Setup(
        loader=LOADER,
        source=str(model.directory),
        max_tasks=settings.queue_limit,
        rows=settings.batch_rows,
        threads=settings.worker_threads,
        niceness=settings.worker_niceness,
    )
    client = WorkerClient(
        Mailbox(settings.queue_limit, cost, FIRST_GUESS_S), setup, model=model.name, native_size=NATIVE_SIZE
    )
    store = tools.store
    generation = Generation(
        store.log, store.jobs, store.blobs, client, time.time, lambda: f"job-{uuid4().hex}"
    )
    return Generator(generation, client)
