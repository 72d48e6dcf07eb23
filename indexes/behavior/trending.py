"""Finds what is hot in a sliding window: decayed by age, one voice a person, however loud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from indexes.behavior.names import NOBODY
from indexes.text.scripts import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from indexes.behavior.record import Numbers, Record

DECAYS: Final = 4  # half-lives in a window
LOUDEST: Final = 10.0  # what all acts of one person may add up to
AHEAD_S: Final = 60.0  # clocks differ; acts from further in the future do not count yet
LEAST_ASKERS: Final = 2  # what one person alone typed is told to nobody


class Hot(NamedTuple):
    """An item or a query with its heat, and how many persons made it so."""

    text: str
    heat: float
    num_persons: int


@dataclass(frozen=True, slots=True)
class Trends:
    """Answers from one record of all acts; `weights` by type."""

    record: Record
    weights: Mapping[str, float]

    def items(self, now: float, window_s: float, limit: int) -> list[Hot]:
        """Return the hottest items, the hottest first, ties by name.

        Heat is the sum over persons of the weightiest act with the item, weight * 2^(-4 age / window); all
        that one person adds is scaled down to 10 in total. All who are not named are one person.
        """
        acts = self.record.weights(self.weights)
        chosen = (acts > 0) & (self.record.item != NOBODY)
        return self._hot(self.record.item, acts, chosen, self.record.items, now, window_s, limit, 1)

    def queries(self, now: float, window_s: float, limit: int) -> list[Hot]:
        """Return the hottest queries likewise, each act weighing 1; those of one person alone are left out.

        Queries that differ in case or accents only are one, told as it was first typed.
        """
        groups: dict[str, int] = {}
        texts: list[str] = []
        for query in self.record.queries:
            key = fold(query)
            if key not in groups:
                groups[key] = len(texts)
                texts.append(query)
        table = np.array([*(groups[fold(query)] for query in self.record.queries), NOBODY], np.int32)
        numbers = table[self.record.query]
        chosen = numbers != NOBODY
        ones = np.ones(len(numbers), np.float32)
        return self._hot(numbers, ones, chosen, texts, now, window_s, limit, LEAST_ASKERS)

    def _hot(
        self,
        numbers: Numbers,
        acts: npt.NDArray[np.float32],
        chosen: npt.NDArray[np.bool_],
        texts: Sequence[str],
        now: float,
        window_s: float,
        limit: int,
        least: int,
    ) -> list[Hot]:
        at = self.record.at
        rows = np.flatnonzero(chosen & (at > now - window_s) & (at <= now + AHEAD_S))
        if not len(rows):
            return []
        values = acts[rows] * 2.0 ** (-DECAYS * np.maximum(now - at[rows], 0.0) / window_s)
        persons = np.where(
            self.record.person[rows] == NOBODY, self.record.num_persons, self.record.person[rows]
        )
        people, what, values = _one_voice(persons.astype(np.int64), numbers[rows].astype(np.int64), values)
        totals = np.bincount(people, values)
        values = values * np.minimum(1.0, LOUDEST / np.maximum(totals, 1e-30))[people]
        heat, voices = np.bincount(what, values), np.bincount(what)
        found = np.flatnonzero((voices >= least) & (heat > 0))
        best = sorted(found.tolist(), key=lambda number: (-heat[number], texts[number]))[:limit]
        return [Hot(texts[number], float(heat[number]), int(voices[number])) for number in best]


def _one_voice(
    persons: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return each (person, number) once, with its largest value."""
    order = np.lexsort((numbers, persons))
    people, what = persons[order], numbers[order]
    starts = np.flatnonzero(np.append([True], (people[1:] != people[:-1]) | (what[1:] != what[:-1])))
    return people[starts], what[starts], np.maximum.reduceat(values[order], starts)
