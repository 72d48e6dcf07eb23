"""Packs the tasks of one model call into rows: each at its own sigma, a second one where it is guided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.worker.task import Task


@dataclass(frozen=True, slots=True)
class Batch:
    """The denoiser's rows are its tasks' own prompts; the guided ones' second opinions follow.

    jumping, guided, weakened, steered: places in `tasks` of those that the few-step head is asked about
    instead of the denoiser, of those that have a second row, of those that the weaker denoiser is asked
    about, and of those that the classifier is asked about.
    """

    tasks: tuple[Task, ...]
    guided: tuple[int, ...]
    weakened: tuple[int, ...]
    steered: tuple[int, ...]
    jumping: tuple[int, ...] = ()

    @property
    def denoised(self) -> tuple[int, ...]:
        """The places in `tasks` of those that the denoiser is asked about."""
        return tuple(place for place in range(len(self.tasks)) if place not in self.jumping)

    @property
    def members(self) -> tuple[int, ...]:
        """The place in `tasks` that each row of the denoiser belongs to."""
        return (*self.denoised, *self.guided)

    @property
    def told(self) -> tuple[tuple[str, tuple[bytes, ...]], ...]:
        """The prompt of each row of the denoiser, and what it is shown: second opinions see nothing."""
        negative = ((self.tasks[place].negative_prompt, ()) for place in self.guided)
        return (*(self.tasks[place].told for place in self.denoised), *negative)

    def sigmas(self, places: Sequence[int]) -> list[float]:
        """Return the noise levels of tasks."""
        return [self.tasks[place].row.sigma for place in places]


def pack(tasks: Sequence[Task]) -> Batch:
    """Lay tasks out as rows. Raises ValueError when there are none."""
    if not tasks:
        raise ValueError("a call has a task")
    return Batch(
        tuple(tasks),
        guided=tuple(place for place, task in enumerate(tasks) if task.is_guided),
        weakened=tuple(place for place, task in enumerate(tasks) if task.is_weakened),
        steered=tuple(place for place, task in enumerate(tasks) if task.is_steered),
        jumping=tuple(place for place, task in enumerate(tasks) if task.is_jump),
    )
