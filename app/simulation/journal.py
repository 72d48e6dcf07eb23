"""Remembers on disk how far a simulation has come, so that it goes on where it was interrupted."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides a simulation: the same plan plays the same sessions."""

    seed: int
    people: int
    model: str
    start: float


@dataclass(slots=True)
class Journal:
    """The file of one simulation: its plan, how many sessions of each day are done, what was found."""

    path: Path
    plan: Plan
    done: dict[int, int]
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, wanted: Plan) -> Journal:
        """Return the journal at `path`, or a new one; the moment it started is the one first written.

        Raises InvalidInput when the file is of another plan.
        """
        if not path.exists():
            return cls(path, wanted, {})
        told = json.loads(path.read_text())
        if told.get("format") != FORMAT_VERSION:
            raise InvalidInput("journal", f"{path} is no journal of this release")
        plan = Plan(**told["plan"])
        for name in ("seed", "people", "model"):
            if getattr(plan, name) != getattr(wanted, name):
                was, is_now = getattr(plan, name), getattr(wanted, name)
                raise InvalidInput(name, f"{path} was begun with {was!r}, not {is_now!r}")
        done = {int(day): num for day, num in told["done"].items()}
        return cls(path, plan, done, told.get("facts", {}))

    def note(self, day: int, num: int) -> None:
        """Write down that so many sessions of a day are done."""
        self.done[day] = num
        self._write()

    def keep(self, facts: Mapping[str, Any]) -> None:
        """Write down what was found on the way, as JSON values."""
        self.facts |= facts
        self._write()

    def _write(self) -> None:
        """Write the whole file beside the old one, which stays until the new one is there."""
        part = self.path.with_suffix(".part")
        told = {"format": FORMAT_VERSION, "plan": asdict(self.plan), "done": self.done, "facts": self.facts}
        part.write_text(json.dumps(told))
        os.replace(part, self.path)  # noqa: PTH105 - replaces as one act, on every system
