"""Says how an import goes while it runs, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Progress(Protocol):
    """Hears how far the work is: `done` of `total` entries after each batch, and all of them last."""

    def __call__(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Rejection:
    """An entry that was not taken: its line (from 1), its id where one could be read, and why."""

    line: int
    id: str | None
    error: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: entries written, entries that were already there, entries refused."""

    accepted: int = 0
    unchanged: int = 0
    rejected: tuple[Rejection, ...] = ()

    @property
    def total(self) -> int:
        """Entries looked at."""
        return self.accepted + self.unchanged + len(self.rejected)
