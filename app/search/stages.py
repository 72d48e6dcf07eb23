"""Times the stages of one search for `Server-Timing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Stages:
    """Laps of one search, in milliseconds; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Add the time since the last lap, or since the start, to this stage."""
        now = self._clock()
        self.add(name, (now - self._last) * 1_000)
        self._last = now

    def add(self, name: str, ms: float) -> None:
        """Add to a stage that ran beside others."""
        self._laps[name] = self._laps.get(name, 0.0) + ms

    @property
    def total_ms(self) -> float:
        """What all stages took so far, one after another."""
        return sum(self._laps.values())

    @property
    def laps(self) -> tuple[tuple[str, float], ...]:
        """(name, milliseconds) of each stage, in the order they first ended."""
        return tuple(self._laps.items())
