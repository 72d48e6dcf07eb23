"""Weighs how much people liked each item of late, so that what is liked around a place can be told."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from indexes.behavior.record import Record

HALF_LIFE_S = 14 * 86_400.0
QUICK_S = 0.05  # a popularity counted faster than this is counted anew after every event
REST = 20  # a slower one is kept for this many times as long as it took


@dataclass(frozen=True, slots=True)
class Popularity:
    """Liked items with their strengths, (n,): 1 for the most popular, ascending by id."""

    items: tuple[str, ...]
    strengths: npt.NDArray[np.float32]

    @classmethod
    def of(cls, record: Record, by_type: Mapping[str, float], half_life_s: float = HALF_LIFE_S) -> Popularity:
        """Return the popularity that these acts make: of each person the strongest one with an item.

        Weights decay forward (Cormode et al. 2009, section 3): an act of weight w at time t counts
        w 2^(t / half-life), so that shares do not depend on when one asks. As a person is one voice an
        item, told twice or shouted it counts once.
        """
        weights = record.weights(by_type)
        chosen = (weights > 0) & (record.item >= 0) & (record.person >= 0)
        if not chosen.any():
            return cls((), np.empty(0, np.float32))
        at = record.at[chosen]
        ages = (at - at.max()) / half_life_s  # never above 0, and so no power overflows
        voices = np.maximum(np.exp2(ages) * weights[chosen], np.finfo(np.float32).tiny)
        pairs = record.item[chosen].astype(np.int64) * record.num_persons + record.person[chosen]
        places, order = np.unique(pairs, return_inverse=True)
        strongest = np.zeros(len(places))
        np.maximum.at(strongest, order, voices)
        sums = np.bincount(places // record.num_persons, strongest, len(record.items))
        liked = sorted((record.items[item], item) for item in np.flatnonzero(sums).tolist())
        strengths = sums[[item for _, item in liked]]
        return cls(tuple(name for name, _ in liked), (strengths / strengths.max()).astype(np.float32))


class Acts(Protocol):
    """Who knows what people did; `indexes.behavior.activity.Activity` does."""

    @property
    def num_events(self) -> int: ...

    def record(self) -> Record: ...


@dataclass(frozen=True, slots=True)
class _Counted:
    popularity: Popularity
    num_events: int
    took_s: float
    at_s: float


class Liked:
    """The popularity of now: counted anew when asked after events, after long counts only now and then."""

    def __init__(
        self, acts: Acts, by_type: Mapping[str, float], clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._acts = acts
        self._by_type = by_type
        self._clock = clock
        self._counted: _Counted | None = None  # replaced whole, so readers need no lock

    def __call__(self) -> Popularity:
        """Return what people liked of late."""
        kept, started, num_events = self._counted, self._clock(), self._acts.num_events
        if kept is not None:
            rests = kept.took_s > QUICK_S and started - kept.at_s < REST * kept.took_s
            if kept.num_events == num_events or rests:
                return kept.popularity
        popularity = Popularity.of(self._acts.record(), self._by_type)
        now = self._clock()
        self._counted = _Counted(popularity, num_events, now - started, now)
        return popularity


def nobody() -> Popularity:
    """Return the popularity of a collection in which nobody liked anything."""
    return Popularity((), np.empty(0, np.float32))
