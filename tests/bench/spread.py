"""Says of many measured values where the middle lies and how far they spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` of them lie, between neighbours by linear interpolation.

    Hyndman and Fan 1996, definition 7. Raises ValueError for no values or a percent beyond 0 to 100.
    """
    if not values or not 0 <= percent <= 100:
        message = "a percentile is between 0 and 100, of at least one value"
        raise ValueError(message)
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return percentile(values, 50)


@dataclass(frozen=True, slots=True)
class Spread:
    """The same thing measured in several rounds: its lowest, middle and highest value."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of the rounds' values; raises ValueError when there is none."""
        return cls(min(values), median(values), max(values))

    def __str__(self) -> str:
        return f"{number(self.middle)} ({number(self.low)} to {number(self.high)})"


def number(value: float) -> str:
    """Return a value with three meaningful digits, and all of them before the point."""
    if abs(value) >= 100 or value == 0:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"
