"""Holds one picture being made: what it needs of the next model call, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.engine import Plane, Start
    from models.diffusion.guidance import Guidance
    from models.diffusion.tables import Row, Table

# A task's name: job id and the index of the picture in its job.
Key: TypeAlias = tuple[str, int]


@dataclass(slots=True)
class Task:
    """Numbers only; the tensors of a task belong to the runner, and `position` to the scheduler.

    seed:       of this picture alone (the request's seed + index).
    num_tokens: length of one row in the denoiser at most. shape: (C, h, w) of its latent.
    weak_scale: of autoguidance, 0 or 1 when it is off. control: classes to steer to, at control_scale.
    start, mask: what it begins from, and which of that is drawn anew. shown: latents of neighbours.
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
    shape: tuple[int, int, int]
    weak_scale: float = 0.0
    control: Mapping[str, str] = field(default_factory=dict)
    control_scale: float = 0.0
    start: Start | None = None
    mask: Plane | None = None
    shown: tuple[bytes, ...] = ()
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
    def told(self) -> tuple[str, tuple[bytes, ...]]:
        """The prompt, and the latents that the model is shown beside it."""
        return self.prompt, self.shown

    @property
    def row(self) -> Row:
        """The table row of the next evaluation."""
        return self.table.rows[self.position]

    @property
    def is_guided(self) -> bool:
        """Whether the next evaluation needs a second opinion."""
        return self.guidance.active(self.row.sigma)

    @property
    def is_weakened(self) -> bool:
        """Whether the next evaluation asks the weaker denoiser too."""
        return self.weak_scale not in {0.0, 1.0} and self._is_inside

    @property
    def is_steered(self) -> bool:
        """Whether the next evaluation asks the classifier."""
        return bool(self.control) and self.control_scale != 0.0 and self._is_inside

    @property
    def is_jump(self) -> bool:
        """Whether the next evaluation is the few-step head's, and not the denoiser's."""
        return self.row.target is not None

    @property
    def rows_needed(self) -> int:
        """Denoiser rows of the next evaluation: one, and one more for each second opinion."""
        return 1 + self.is_guided + self.is_weakened

    @property
    def tokens_needed(self) -> int:
        """Tokens of these rows at most."""
        return self.rows_needed * self.num_tokens

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

    @property
    def _is_inside(self) -> bool:
        return self.guidance.low < self.row.sigma <= self.guidance.high
