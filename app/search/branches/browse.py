"""Recalls everything the filter allows when nothing was asked: popular first, then new, then by id."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from indexes.forward.filters import All
from indexes.types import Matches
from models.exported import exported

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ranking.lists import Ordinals
    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.types import Mask, Record

QUICK_S = 0.1  # an order made faster than this is made anew after every change
REST = 20  # a slower one is kept for this many times as long as it took


@dataclass(frozen=True, slots=True)
class Sorted:
    """The whole collection in order, at one LSN; it took `took_s` and was ready at `at_s`."""

    collection: Collection
    lsn: int
    order: Ordinals
    took_s: float
    at_s: float


@exported("branches", "browse")
class BrowseBranch:
    """The whole collection when nothing is asked: most popular, then newest, then by id.

    A score is the share of the listed items that stand at or below the hit: 1 for the first. In a
    collection so large that sorting takes long, changes show in the order after a while only.
    """

    space: ClassVar[str | None] = None
    floor: ClassVar[float | None] = 0.0
    ceiling: ClassVar[float | None] = 1.0
    depth: ClassVar[int | None] = 2**31 - 1  # whole, so that totals and facets are the collection's
    in_memory: ClassVar[bool] = True

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._sorted: Sorted | None = None  # replaced whole, so readers need no lock

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:  # noqa: ARG002 - the protocol's
        return None if prepared.is_front_page else "something was asked for"

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:  # noqa: ARG002 - the protocol's
        living = collection.compile(All(())) if mask is None else mask
        order = self._order(collection)
        if living is not None:
            order = order[order < len(living)]
            order = order[living[order]]
        order = order[:depth]
        return Matches(order, np.linspace(1.0, 0.0, len(order), endpoint=False, dtype=np.float32))

    def _order(self, collection: Collection) -> Ordinals:
        kept, started, lsn = self._sorted, self._clock(), collection.lsn
        if kept is not None and kept.collection is collection:
            rests = kept.took_s > QUICK_S and started - kept.at_s < REST * kept.took_s
            if kept.lsn == lsn or rests:
                return kept.order
        order = front_order(collection)
        now = self._clock()
        self._sorted = Sorted(collection, lsn, order, now - started, now)
        return order


def front_order(collection: Collection) -> Ordinals:
    """Return every living ordinal, the most popular first, then the newest, then by id in string order."""
    mask = collection.compile(All(()))
    ordinals = np.flatnonzero(mask).tolist() if mask is not None else []
    records = zip(ordinals, collection.records(ordinals), strict=True)
    living = [(_place(record), ordinal) for ordinal, record in records if record is not None]
    return np.array([ordinal for _, ordinal in sorted(living)], np.int32)


def _place(record: Record) -> tuple[float, float, str]:
    """Return a key that sorts by falling popularity, falling age, rising id; what is unknown comes last."""
    popularity = float("inf") if record.popularity is None else -record.popularity
    newness = float("inf") if record.created_at is None else -record.created_at
    return popularity, newness, record.id
