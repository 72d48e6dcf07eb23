"""Counts what was executed, where it was executed, and how long an evaluation takes."""

from __future__ import annotations

from dataclasses import dataclass

MEMORY = 0.9  # what a call's weight keeps with each later call


@dataclass(slots=True)
class Meter:
    """Totals since the worker started, and how long an evaluation takes.

    `seconds_per_evaluation` is the time of recent calls, decoding included, over their tasks: full
    calls weigh more than lonely ones, as they do in a line that is to be emptied. Remaining
    evaluations times this is the time until it is.
    """

    seconds_per_evaluation: float
    calls: int = 0
    rows: int = 0
    evaluations: int = 0
    pictures: int = 0
    previews: int = 0
    halvings: int = 0
    last_rows: int = 0
    last_tasks: int = 0
    weight: float = 1.0

    def count_call(self, rows: int, tasks: int, succeeded: int) -> None:
        """Note one model call."""
        self.calls += 1
        self.rows += rows
        self.evaluations += succeeded
        self.last_rows, self.last_tasks = rows, tasks

    def count_time(self, seconds: float) -> None:
        """Note how long the last turn took."""
        if self.last_tasks:
            past = MEMORY * self.weight
            self.weight = past + self.last_tasks
            self.seconds_per_evaluation = (past * self.seconds_per_evaluation + seconds) / self.weight

    def rest(self) -> None:
        """Note that nothing runs."""
        self.last_rows = self.last_tasks = 0
