"""Sorts every place in every phrase where typing may begin, and finds those that begin so."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from indexes.text.pinyin import spellings
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
        ranked = (rank(weights[phrase], is_whole=rest == phrase) for rest, phrase in pairs)
        ranks = np.fromiter(ranked, np.float64, len(pairs))
        # The place of each pair in the order of all: whole numbers without ties, quick to choose among.
        self._places = np.empty(len(pairs), np.int32)
        self._places[np.argsort(-ranks, kind="stable")] = np.arange(len(pairs), dtype=np.int32)

    def best(self, prefix: str, limit: int, hidden: AbstractSet[str]) -> list[Pair]:
        """Return pairs that begin so, among them the best of `limit` phrases that are not hidden."""
        low, high = span(self.pairs, prefix)
        places, wanted = self._places[low:high], limit
        while True:
            pairs = [self.pairs[low + place] for place in foremost(places, wanted)]
            found = [pair for pair in pairs if pair[1] not in hidden]
            if len(pairs) == len(places) or len({phrase for _, phrase in found}) >= limit:
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


def foremost(places: npt.NDArray[np.int32], wanted: int) -> list[int]:
    """Return where the `wanted` smallest of different numbers stand, from the front."""
    if len(places) <= wanted:
        return list(range(len(places)))
    return sorted(np.argpartition(places, wanted)[:wanted].tolist())


def rests(phrase: str) -> list[str]:
    """Return the folded phrase from each of its words on, the whole of it first, Chinese also in pinyin."""
    starts = {0}
    for writing, run, start in runs(phrase):
        starts.update((start,) if writing is Writing.SPACED else range(start, start + len(run)))
    found = [phrase[start:] for start in sorted(starts)]
    return found if phrase.isascii() else list(dict.fromkeys(found + spellings(phrase)))


def typed_starts(phrase: str, typed: str) -> bool:
    """Return whether the folded phrase begins as was typed at one of the places where typing may begin."""
    return any(rest.startswith(typed) for rest in rests(phrase))


def rank(weight: float, *, is_whole: bool) -> float:
    """Return a number that orders starts: whole phrases before later words, then by weight."""
    return weight if is_whole else -1.0 / (1.0 + weight)
