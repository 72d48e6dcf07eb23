"""Holds one picture being made: what it needs of the next model call, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from models.diffusion.guidance import Guidance
    from models.diffusion.tables import Row, Table

# A task's name: job id and the index of the picture in its job.
Key: TypeAlias = tuple[str, int]


@dataclass(slots=True)
class Task:
    """Numbers only; the tensors of a task belong to the runner, and `position` to the scheduler.

    seed:       of this picture alone (the request's seed + index).
    num_tokens: length of one row in the denoiser; rows of one call have the same.
    previews:   counts of evaluations after which a preview is due.
    deadline:   seconds on the engine's clock.
    position:   evaluations done, which is the next row of the table.
    """

    job_id: str
    index: int
    prompt: str
    negative_prompt: str
    seed: int
    table: Table
    guidance: Guidance
    num_tokens: int
    caller: str = ""
    priority: int = 0
    deadline: float | None = None
    keeps_late: bool = True
    previews: frozenset[int] = frozenset()
    position: int = 0
    rows_done: int = 0

    @property
    def key(self) -> Key:
        """The task's name."""
        return self.job_id, self.index

    @property
    def row(self) -> Row:
        """The table row of the next evaluation."""
        return self.table.rows[self.position]

    @property
    def is_guided(self) -> bool:
        """Whether the next evaluation needs a second opinion."""
        return self.guidance.active(self.row.sigma)

    @property
    def rows_needed(self) -> int:
        """Denoiser rows of the next evaluation: two inside the guidance interval, one elsewhere."""
        return 2 if self.is_guided else 1

    @property
    def num_steps(self) -> int:
        """Model evaluations from start to end."""
        return len(self.table.rows)

    @property
    def remaining(self) -> int:
        """Model evaluations still to be done."""
        return self.table.remaining(self.position)

    @property
    def is_done(self) -> bool:
        """Whether the last evaluation has been done."""
        return self.remaining == 0

    @property
    def preview_is_due(self) -> bool:
        """Whether a preview was asked for after the evaluations done so far."""
        return self.position in self.previews
