"""Turns an order into tasks: sampler and grid become a table, images seeds, previews positions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.worker.task import Task
from models.diffusion import grids, samplers
from models.diffusion.guidance import Guidance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.engine import Order
    from app.domain.jobs import GenerationRequest
    from models.diffusion.tables import Table

SEED_LIMIT = 2**63  # seeds wrap round here, as in models.diffusion.noise
SIGMA_SPAN = (0.02, 40.0)  # until a model has told its own


@dataclass(frozen=True, slots=True)
class Paper:
    """What a picture of one size is drawn on: the shape (C, h, w) of its latent, tokens of a row at most."""

    shape: tuple[int, int, int]
    num_tokens: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a model says about tasks.

    papers: by (width, height), the model's own size first; requests of other sizes are drawn in that
    one. controls, guidances: as an engine tells them.
    """

    sigma_span: tuple[float, float] = SIGMA_SPAN
    papers: Mapping[tuple[int, int], Paper] = field(default_factory=dict)
    controls: Mapping[str, Sequence[str]] = field(default_factory=dict)
    guidances: Sequence[str] = ()

    def table(self, order: Order) -> Table:
        """Compile the request's sampler, from the start's noise level on where there is one.

        Raises UnknownNameError for names that nobody exported.
        """
        request = order.request
        grid = grids.spacing(request.grid)(request.steps, *self.sigma_span)
        if order.start is not None:
            grid = grids.tail(grid, order.start.sigma)
        return samplers.sampler(request.sampler)(grid)

    def cost(self, order: Order) -> int:
        """Return the model evaluations of one picture of the order, exactly."""
        return len(self.table(order).rows)

    def tasks(self, order: Order) -> list[Task]:
        """Return one task for each picture of the order that is still to be made.

        Raises UnknownNameError, and ValueError for guidance that this model does not have.
        """
        request = order.request
        self._check_guidance(request)
        table, paper = self.table(order), self._paper(request.size)
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
                guidance=Guidance()
                if request.sampler == samplers.FEW
                else Guidance(request.guidance, low, high),
                num_tokens=paper.num_tokens,
                shape=paper.shape,
                weak_scale=request.autoguidance,
                control=request.control,
                control_scale=request.control_scale,
                start=order.start,
                mask=order.mask,
                shown=order.shown,
                caller=request.user or "",
                priority=request.priority,
                deadline=order.deadline_at,
                keeps_late=request.at_deadline == "picture",
                previews=previews,
            )
            for index in order.indices
        ]

    def _paper(self, size: str) -> Paper:
        width, _, height = size.partition("x")
        if width.isdigit() and height.isdigit() and (int(width), int(height)) in self.papers:
            return self.papers[int(width), int(height)]
        return next(iter(self.papers.values()))

    def _check_guidance(self, request: GenerationRequest) -> None:
        for question, name in request.control.items():
            if name not in self.controls.get(question, ()):
                raise ValueError(f"the classifier knows no {question} {name!r}")
        if request.sampler == samplers.FEW and "distilled" not in self.guidances:
            raise ValueError("this model has no few-step head")
        if request.autoguidance not in {0.0, 1.0} and "auto" not in self.guidances:
            raise ValueError("this model has no weaker one to be guided by")


def preview_positions(num_steps: int, num_previews: int) -> frozenset[int]:
    """Spread previews evenly over the evaluations, never after the last one, where the picture itself comes.

    Fewer evaluations than previews give fewer previews.
    """
    spread = (round(num_steps * (i + 1) / (num_previews + 1)) for i in range(num_previews))
    return frozenset(position for position in spread if 0 < position < num_steps)
