"""Packs the tasks of one model call into rows: each at its own sigma, a second one where it is guided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.worker.task import Task


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows 0 .. len(tasks) - 1 are the tasks' own prompts; the guided ones' second opinions follow.

    guided: places in `tasks` of those that have a second row, in the order of these rows.
    """

    tasks: tuple[Task, ...]
    guided: tuple[int, ...]

    @property
    def members(self) -> tuple[int, ...]:
        """The place in `tasks` that each row belongs to."""
        return (*range(len(self.tasks)), *self.guided)

    @property
    def sigmas(self) -> tuple[float, ...]:
        """The noise level of each row."""
        return tuple(self.tasks[member].row.sigma for member in self.members)

    @property
    def num_rows(self) -> int:
        """Rows of the model call."""
        return len(self.tasks) + len(self.guided)


def pack(tasks: Sequence[Task]) -> Batch:
    """Lay tasks out as rows. Raises ValueError when their token counts differ, or there are none."""
    if len({task.num_tokens for task in tasks}) != 1:
        message = "the tasks of one call have one token count"
        raise ValueError(message)
    return Batch(tuple(tasks), tuple(place for place, task in enumerate(tasks) if task.is_guided))
