"""Sorts every place in every phrase where typing may begin, and finds those that begin so."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from indexes.text.scripts import Writing, runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    import numpy.typing as npt

Pair: TypeAlias = tuple[str, str]  # the phrase from one of its words on, and the phrase

LAST = "\U0010ffff"  # sorts after whatever may follow a beginning


class Starts:
    """A table that never changes, of sorted pairs."""

    def __init__(self, pairs: Sequence[Pair], weights: Mapping[str, float]) -> None:
        self.pairs = pairs
        ranks = (rank(weights[phrase], is_whole=rest == phrase) for rest, phrase in pairs)
        self._ranks = np.fromiter(ranks, np.float64, len(pairs))

    def best(self, prefix: str, limit: int, hidden: AbstractSet[str]) -> list[Pair]:
        """Return pairs that begin so, among them the best of `limit` phrases that are not hidden."""
        low, high = span(self.pairs, prefix)
        ranks, wanted = self._ranks[low:high], limit
        while True:
            pairs = [self.pairs[low + place] for place in largest(ranks, wanted)]
            found = [pair for pair in pairs if pair[1] not in hidden]
            if len(pairs) == len(ranks) or len({phrase for _, phrase in found}) >= limit:
                return found
            wanted *= 4


class FreshStarts:
    """A small table that grows, and is sorted when it is next read; its owner guards it."""

    def __init__(self) -> None:
        self._pairs: list[Pair] = []
        self._is_sorted = True

    @property
    def pairs(self) -> list[Pair]:
        """Return all pairs, sorted."""
        if not self._is_sorted:
            self._pairs.sort()
            self._is_sorted = True
        return self._pairs

    def add(self, phrase: str) -> None:
        """Enter a phrase that is not in the table."""
        self._pairs += [(rest, phrase) for rest in rests(phrase)]
        self._is_sorted = False

    def beginning(self, prefix: str) -> list[Pair]:
        """Return every pair that begins so."""
        low, high = span(self.pairs, prefix)
        return self.pairs[low:high]


def span(pairs: Sequence[Pair], prefix: str) -> tuple[int, int]:
    """Return where, in sorted pairs, those that begin so start and end."""
    return bisect_left(pairs, (prefix, "")), bisect_left(pairs, (prefix + LAST, ""))


def largest(ranks: npt.NDArray[np.float64], wanted: int) -> list[int]:
    """Return the places of the `wanted` largest, equal ones from the front."""
    if len(ranks) <= wanted:
        return list(range(len(ranks)))
    floor = np.partition(ranks, len(ranks) - wanted)[len(ranks) - wanted]
    above = np.flatnonzero(ranks > floor)
    return [*above.tolist(), *np.flatnonzero(ranks == floor)[: wanted - len(above)].tolist()]


def rests(phrase: str) -> list[str]:
    """Return the folded phrase from each of its words on, the whole of it first."""
    starts = {0}
    for writing, run, start in runs(phrase):
        starts.update((start,) if writing is Writing.SPACED else range(start, start + len(run)))
    return [phrase[start:] for start in sorted(starts)]


def rank(weight: float, *, is_whole: bool) -> float:
    """Return a number that orders starts: whole phrases before later words, then by weight."""
    return weight if is_whole else -1.0 / (1.0 + weight)
