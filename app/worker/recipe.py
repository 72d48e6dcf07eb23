"""Turns an order into tasks: sampler and grid become a table, images seeds, previews positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.worker.task import Task
from models.diffusion import grids, samplers
from models.diffusion.guidance import Guidance

if TYPE_CHECKING:
    from app.domain.engine import Order
    from app.domain.jobs import GenerationRequest
    from models.diffusion.tables import Table

SEED_LIMIT = 2**63  # seeds wrap round here, as in models.diffusion.noise


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a model says about tasks: the noise levels it knows and the tokens of one picture."""

    sigma_min: float = 0.02
    sigma_max: float = 40.0
    num_tokens: int = 64

    def table(self, request: GenerationRequest) -> Table:
        """Compile the request's sampler. Raises UnknownNameError for names that nobody exported."""
        grid = grids.spacing(request.grid)(request.steps, self.sigma_min, self.sigma_max)
        return samplers.sampler(request.sampler)(grid)

    def tasks(self, order: Order) -> list[Task]:
        """Return one task for each picture of the order that is still to be made."""
        request = order.request
        table = self.table(request)
        previews = preview_positions(len(table.rows), request.partial_images)
        low, high = request.guidance_interval
        return [
            Task(
                job_id=order.job_id,
                index=index,
                prompt=request.prompt,
                negative_prompt=request.negative_prompt,
                seed=(request.seed + index) % SEED_LIMIT,
                table=table,
                guidance=Guidance(request.guidance, low, high),
                num_tokens=self.num_tokens,
                caller=request.user or "",
                priority=request.priority,
                deadline=order.deadline_at,
                keeps_late=request.at_deadline == "picture",
                previews=previews,
            )
            for index in order.indices
        ]


def preview_positions(num_steps: int, num_previews: int) -> frozenset[int]:
    """Spread previews evenly over the evaluations, never after the last one, where the picture itself comes.

    Fewer evaluations than previews give fewer previews.
    """
    spread = (round(num_steps * (i + 1) / (num_previews + 1)) for i in range(num_previews))
    return frozenset(position for position in spread if 0 < position < num_steps)
