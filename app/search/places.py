"""Finds the ordinals of items by the numbers that something else gave them, and remembers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from indexes.forward.filters import All

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.ranking.lists import Ordinals
    from app.search.collection import Collection
    from indexes.types import Mask

ABSENT = -1
REST = 20  # a table is kept for this many times as long as it took to make


@dataclass(frozen=True, slots=True)
class _Table:
    collection: Collection
    names: Sequence[str]
    lsn: int
    ordinals: Ordinals
    rests_until: float


class Places:
    """The ordinals of a list of names, made anew after changes of the collection, not too often.

    An ordinal is never given to another item, so an old table names nothing wrong, it only lacks what is new.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._table: _Table | None = None  # replaced whole, so readers need no lock

    def ordinals(self, names: Sequence[str], collection: Collection) -> Ordinals:
        """Return the ordinal of each name, (n,), ABSENT where the collection does not hold it."""
        kept, started, lsn = self._table, self._clock(), collection.lsn
        same = kept is not None and kept.names is names and kept.collection is collection
        if kept is not None and same and (kept.lsn == lsn or started < kept.rests_until):
            return kept.ordinals
        ordinals = ordinals_of(names, collection)
        now = self._clock()
        self._table = _Table(collection, names, lsn, ordinals, now + REST * (now - started))
        return ordinals


def ordinals_of(names: Sequence[str], collection: Collection) -> Ordinals:
    """Return the ordinal of each name, (n,), ABSENT where the collection does not hold it."""
    found = (collection.ordinal(name) for name in names)
    return np.fromiter((ABSENT if ordinal is None else ordinal for ordinal in found), np.int32, len(names))


def allowed(ordinals: Ordinals, collection: Collection, mask: Mask | None) -> Mask:
    """Return for each ordinal whether it is there, lives and passes the mask, (n,)."""
    living = collection.compile(All(())) if mask is None else mask
    if living is None or not len(living):
        return np.zeros(len(ordinals), np.bool_)
    known = (ordinals >= 0) & (ordinals < len(living))
    passed: Mask = known & living[np.where(known, ordinals, 0)]
    return passed
