"""Counts what was executed, where it was executed, and how long an evaluation takes."""

from __future__ import annotations

from dataclasses import dataclass

SMOOTHING = 0.1


@dataclass(slots=True)
class Meter:
    """Totals since the worker started; `seconds_per_evaluation` is a running mean over calls.

    An evaluation's share of a call is the call's time over its tasks, decoding included, so
    remaining evaluations times this is the time until the line is empty.
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

    def count_call(self, rows: int, tasks: int, succeeded: int) -> None:
        """Note one model call."""
        self.calls += 1
        self.rows += rows
        self.evaluations += succeeded
        self.last_rows, self.last_tasks = rows, tasks

    def count_time(self, seconds: float) -> None:
        """Note how long the last turn took."""
        if self.last_tasks:
            fresh = seconds / self.last_tasks
            self.seconds_per_evaluation += SMOOTHING * (fresh - self.seconds_per_evaluation)

    def rest(self) -> None:
        """Note that nothing runs."""
        self.last_rows = self.last_tasks = 0
