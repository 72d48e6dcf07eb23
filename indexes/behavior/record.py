"""Holds a copy of all acts in columns, made for counting: who did what with which item, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from indexes.behavior.names import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Numbers: TypeAlias = npt.NDArray[np.int32]
Weights: TypeAlias = npt.NDArray[np.float32]
Table: TypeAlias = "sparse.csr_array[np.float32]"


@dataclass(frozen=True, slots=True)
class Record:
    """Acts (n,) in the order of the log; person, item and query are numbers, NOBODY where there is none.

    Persons count over linked devices. `items`, `queries` and `types` are the names of their numbers;
    `num_events` is the number of the last event of the log.
    """

    at: npt.NDArray[np.float64]
    type: Numbers
    person: Numbers
    item: Numbers
    query: Numbers
    types: Sequence[str]
    items: Sequence[str]
    queries: Sequence[str]
    num_persons: int
    num_events: int

    def weights(self, by_type: Mapping[str, float]) -> Weights:
        """Return the weight of each act, (n,); types that are not named weigh nothing."""
        table = np.array([by_type.get(name, 0.0) for name in self.types] or [0.0], np.float32)
        return table[self.type]

    def matrix(self, by_type: Mapping[str, float]) -> Table:
        """Return (num_persons, num_items): 1 where somebody met an item by an act of positive weight."""
        chosen = (self.weights(by_type) > 0) & (self.item != NOBODY) & (self.person != NOBODY)
        ones = np.ones(int(chosen.sum()), np.float32)
        where = (self.person[chosen], self.item[chosen])
        met = sparse.csr_array((ones, where), shape=(self.num_persons, len(self.items)))
        met.sum_duplicates()
        met.data[:] = 1.0
        return met


def record_of(
    arrays: Mapping[str, npt.NDArray[Any]],
    texts: Mapping[str, list[str]],
    persons: Sequence[str],
    num_events: int,
) -> Record:
    """Return the record of these columns; `persons` has for each actor the key of the whole person."""
    numbers = {key: number for number, key in enumerate(dict.fromkeys(persons))}
    moved = np.array([*(numbers[key] for key in persons), NOBODY], np.int32)
    return Record(
        at=arrays["at"].astype(np.float64),
        type=arrays["type"].astype(np.int32),
        person=moved[arrays["actor"].astype(np.int32)],
        item=arrays["item"].astype(np.int32),
        query=arrays["query"].astype(np.int32),
        types=texts["type"],
        items=texts["item"],
        queries=texts["query"],
        num_persons=len(numbers),
        num_events=num_events,
    )
