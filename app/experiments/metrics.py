"""Names what an arm can be judged by: one number a search, or one a unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from models.exported import exported, registry

if TYPE_CHECKING:
    from collections.abc import Callable

    Value: TypeAlias = Callable[["Outcome"], float]

KIND = "metrics"
PER_UNIT = frozenset({"conversion"})  # a unit counts once, whatever its searches
LOWER_IS_BETTER = frozenset({"latency_ms", "empty_rate", "abandonment"})


@dataclass(slots=True)
class Outcome:
    """One answered search and what came of it so far; `clicks` are the places (from 1) clicked on.

    `conversions` counts events of the types that convert; `credits` are the clicks on each team's
    picks when the list was interleaved.
    """

    num_hits: int = 0
    took_ms: float = 0.0
    clicks: set[int] = field(default_factory=set)
    conversions: int = 0


@exported(KIND, "ctr")
def ctr(outcome: Outcome) -> float:
    """Share of searches with a click."""
    return 1.0 if outcome.clicks else 0.0


@exported(KIND, "clicks_per_search")
def clicks_per_search(outcome: Outcome) -> float:
    """Places clicked on in an answer, each counted once."""
    return float(len(outcome.clicks))


@exported(KIND, "clicks@1")
def clicks_at_1(outcome: Outcome) -> float:
    """Share of searches whose first place was clicked on."""
    return _clicks_within(outcome, 1)


@exported(KIND, "clicks@3")
def clicks_at_3(outcome: Outcome) -> float:
    """Places clicked on among the first three of an answer."""
    return _clicks_within(outcome, 3)


@exported(KIND, "clicks@10")
def clicks_at_10(outcome: Outcome) -> float:
    """Places clicked on among the first ten of an answer."""
    return _clicks_within(outcome, 10)


@exported(KIND, "reciprocal_rank")
def reciprocal_rank(outcome: Outcome) -> float:
    """One over the highest place that was clicked on, 0 without a click."""
    return 1.0 / min(outcome.clicks) if outcome.clicks else 0.0


@exported(KIND, "conversion")
def conversion(outcome: Outcome) -> float:
    """Share of units that converted (an event of type purchase or convert) at least once."""
    return float(outcome.conversions)


@exported(KIND, "conversions_per_search")
def conversions_per_search(outcome: Outcome) -> float:
    """Events of type purchase or convert that name an answer, by answer."""
    return float(outcome.conversions)


@exported(KIND, "abandonment")
def abandonment(outcome: Outcome) -> float:
    """Share of searches without a click; less is better."""
    return 0.0 if outcome.clicks else 1.0


@exported(KIND, "latency_ms")
def latency_ms(outcome: Outcome) -> float:
    """Milliseconds that the service took for an answer; less is better."""
    return outcome.took_ms


@exported(KIND, "empty_rate")
def empty_rate(outcome: Outcome) -> float:
    """Share of searches that showed nothing; less is better."""
    return 0.0 if outcome.num_hits else 1.0


def known_metrics() -> tuple[str, ...]:
    """Return the names of all metrics."""
    return tuple(registry(KIND))


def value_of(name: str) -> Value:
    """Return the metric of this name; it must be one of `known_metrics`."""
    return cast("Value", registry(KIND)[name].value)


def _clicks_within(outcome: Outcome, depth: int) -> float:
    return float(sum(place <= depth for place in outcome.clicks))
