"""Gives ids their ordinals, in log order, and knows which of them are alive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes.growing import GrowingArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Ordinals:
    """The two-way table between ids and dense ordinals.

    A living id keeps its ordinal; one that was deleted and comes back gets a new one, and no
    ordinal is ever given twice. The ids of the dead stay readable for whoever still holds a list.
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._living: dict[str, int] = {}
        self._alive = GrowingArray(np.bool_, fill=False)

    def __len__(self) -> int:
        """Return how many ordinals were ever given."""
        return len(self._ids)

    @property
    def num_alive(self) -> int:
        """Return how many ids are alive."""
        return len(self._living)

    @property
    def alive(self) -> npt.NDArray[np.bool_]:
        """Return one bool an ordinal, (n,): a view the writer changes."""
        return self._alive.values

    def get(self, item_id: str) -> int | None:
        """Return the ordinal of a living id."""
        return self._living.get(item_id)

    def ids(self, ordinals: Iterable[int] | npt.NDArray[np.int32]) -> list[str]:
        """Return the ids of ordinals that were given, dead ones too."""
        ids = self._ids
        return [ids[o] for o in (ordinals.tolist() if isinstance(ordinals, np.ndarray) else ordinals)]

    def add(self, item_id: str) -> int:
        """Return the id's ordinal, a new one when it has none."""
        known = self._living.get(item_id)
        if known is not None:
            return known
        ordinal = len(self._ids)
        self._ids.append(item_id)
        self._alive.grow(ordinal + 1)
        self._alive.values[ordinal] = True
        self._living[item_id] = ordinal
        return ordinal

    def remove(self, item_id: str) -> int | None:
        """Let the id die and return the ordinal it had; None when it was not alive."""
        ordinal = self._living.pop(item_id, None)
        if ordinal is not None:
            self._alive.values[ordinal] = False
        return ordinal

    def dump(self) -> list[str]:
        """Return the id of every ordinal ever given, in order."""
        return list(self._ids)

    def restore(self, ids: Sequence[str], alive: npt.NDArray[np.bool_]) -> None:
        """Become the table that `dump` and `alive` described."""
        self._ids = list(ids)
        self._alive.replace(alive.copy())
        self._living = {ids[ordinal]: ordinal for ordinal in np.flatnonzero(alive).tolist()}
