"""Builds tasks by hand."""

from __future__ import annotations

from app.worker.task import Task
from models.diffusion.guidance import Guidance
from models.diffusion.tables import Row, Table


def task(
    job_id: str = "job",
    index: int = 0,
    *,
    sigmas: tuple[float, ...] = (4.0, 1.0, 0.1),
    scale: float = 1.0,
    num_tokens: int = 10,
    **fields: object,
) -> Task:
    """Return a task with a row at each sigma, guided (if at all) where 0.2 < sigma <= 3."""
    table = Table(sigmas[0], tuple(Row(sigma, 0.5, 0.5) for sigma in sigmas))
    made = Task(job_id, index, "a horse", "", 7, table, Guidance(scale, 0.2, 3.0), num_tokens, (4, 4, 4))
    for name, value in fields.items():
        setattr(made, name, value)
    return made
