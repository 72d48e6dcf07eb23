"""Sorts every place in every phrase where typing may begin, and finds those that begin so."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

import numpy as np

from indexes.text.scripts import Writing, runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

LAST = "\U0010ffff"  # sorts after whatever may follow a beginning


class Starts:
    """A table that never changes. Its pairs, sorted, are (the phrase from a word on, the phrase)."""

    def __init__(self, pairs: Sequence[tuple[str, str]], weights: Mapping[str, float]) -> None:
        self.pairs = pairs
        self._rests = [rest for rest, _ in pairs]
        ranks = (rank(weights[key], is_whole=rest == key) for rest, key in pairs)
        self._ranks = np.fromiter(ranks, np.float64, len(pairs))

    def best(self, prefix: str, limit: int, hidden: AbstractSet[str]) -> list[str]:
        """Return the phrases, hidden ones left out, among which are the `limit` best that begin so."""
        low, high = span(self._rests, prefix)
        ranks = self._ranks[low:high]
        wanted = limit
        while True:
            places = np.arange(low, high)
            if len(ranks) > wanted:
                floor = np.partition(ranks, len(ranks) - wanted)[len(ranks) - wanted]
                places = np.flatnonzero(ranks >= floor) + low
            keys = dict.fromkeys(self.pairs[place][1] for place in places.tolist())
            found = [key for key in keys if key not in hidden]
            if len(found) >= limit or len(places) == high - low:
                return found
            wanted *= 4


class FreshStarts:
    """A small table that grows by insertion; its owner guards it."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def add(self, phrase: str) -> None:
        """Enter a phrase that is not in the table."""
        for rest in rests(phrase):
            insort(self.pairs, (rest, phrase))

    def beginning(self, prefix: str) -> list[str]:
        """Return every phrase of which a word begins so."""
        low, high = bisect_left(self.pairs, (prefix, "")), bisect_left(self.pairs, (prefix + LAST, ""))
        return [phrase for _, phrase in self.pairs[low:high]]


def span(strings: Sequence[str], prefix: str) -> tuple[int, int]:
    """Return where, in sorted strings, those that begin so start and end."""
    return bisect_left(strings, prefix), bisect_left(strings, prefix + LAST)


def rests(phrase: str) -> list[str]:
    """Return the folded phrase from each of its words on, the whole of it first."""
    starts = {0}
    for writing, run, start in runs(phrase):
        starts.update((start,) if writing is Writing.SPACED else range(start, start + len(run)))
    return [phrase[start:] for start in sorted(starts)]


def rank(weight: float, *, is_whole: bool) -> float:
    """Return a number that orders starts: whole phrases before later words, then by weight."""
    return weight if is_whole else -1.0 / (1.0 + weight)
