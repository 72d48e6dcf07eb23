"""Completes what is being typed with titles (or other phrases) that have a word beginning so."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes.text.scripts import Writing, fold, runs

if TYPE_CHECKING:
    from collections.abc import Callable

LAST = "\U0010ffff"  # sorts after every beginning
MAX_PHRASE = 120  # characters; longer ones are no completions
MIN_REBUILD = 512  # changed phrases; or an eighth of all


@dataclass(frozen=True, slots=True)
class Completion:
    """A phrase as it is written, and its weight: how often it stands there, plus popularity."""

    text: str
    weight: float


@dataclass(slots=True)
class Phrase:
    """What is known under one folded phrase: the ways it is written and how many records do."""

    writings: dict[str, int]
    weight: float = 0.0

    def shown(self) -> str:
        """Return the most frequent way of writing it, the first by letters among equals."""
        return min(self.writings, key=lambda text: (-self.writings[text], text))


@dataclass(frozen=True, slots=True)
class Starts:
    """Every place in every phrase where typing may begin, sorted: rests[i] belongs to phrase owners[i]."""

    rests: list[str]
    owners: list[str]
    order: npt.NDArray[np.float64]  # (n,) larger is better: weight, whole phrases before later words

    @classmethod
    def of(cls, phrases: dict[str, Phrase]) -> Starts:
        """Return the starts of these phrases."""
        pairs = sorted((rest, key) for key in phrases for rest in rests(key))
        order = np.fromiter((rank(phrases[key].weight, rest == key) for rest, key in pairs), np.float64)
        return cls([rest for rest, _ in pairs], [key for _, key in pairs], order)

    def best(self, prefix: str, limit: int) -> list[str]:
        """Return phrases that have a start with this prefix, those of the best `limit` starts and their ties."""
        low, high = bisect_left(self.rests, prefix), bisect_left(self.rests, prefix + LAST)
        order = self.order[low:high]
        if len(order) > limit:
            floor = np.partition(order, len(order) - limit)[len(order) - limit]
            places = np.flatnonzero(order >= floor) + low
        else:
            places = np.arange(low, high)
        return [self.owners[place] for place in places.tolist()]


class Completer:
    """Phrases with weights: a sorted table made anew now and then, and what changed since beside it."""

    def __init__(self) -> None:
        self._phrases: dict[str, Phrase] = {}
        self._starts = Starts.of({})
        self._changed: dict[str, None] = {}  # since the table was made
        self._hidden: frozenset[str] = frozenset()  # the same, as published
        self._fresh = self._starts
        self._writing = Lock()  # guards the phrases and both tables: a reader holds it while it reads them

    def __len__(self) -> int:
        return len(self._phrases)

    def add(self, text: str, popularity: float | None = None) -> None:
        """Count one more record with this phrase."""
        key = fold(text)
        if not key or len(key) > MAX_PHRASE:
            return
        with self._writing:
            phrase = self._phrases.setdefault(key, Phrase({}))
            phrase.writings[text] = phrase.writings.get(text, 0) + 1
            phrase.weight += weight(popularity)
            self._changed[key] = None

    def remove(self, text: str, popularity: float | None = None) -> None:
        """Uncount a record that was added with the same values."""
        key = fold(text)
        with self._writing:
            phrase = self._phrases.get(key)
            if phrase is None or text not in phrase.writings:
                return
            phrase.writings[text] -= 1
            phrase.weight -= weight(popularity)
            if not phrase.writings[text]:
                del phrase.writings[text]
            if not phrase.writings:
                del self._phrases[key]
            self._changed[key] = None

    def publish(self) -> None:
        """Let completions see what was added and removed."""
        with self._writing:
            if len(self._changed) > max(MIN_REBUILD, len(self._phrases) // 8):
                self._starts = Starts.of(self._phrases)
                self._changed = {}
            living = {key: self._phrases[key] for key in self._changed if key in self._phrases}
            self._fresh, self._hidden = Starts.of(living), frozenset(self._changed)

    def complete(self, prefix: str, limit: int) -> list[Completion]:
        """Return up to `limit` phrases of which a word begins so: whole phrases first, then by weight."""
        key = fold(prefix)
        if not key or limit <= 0:
            return []
        with self._writing:
            old = [k for k in self._starts.best(key, limit + len(self._hidden)) if k not in self._hidden]
            found = {k for k in (*old, *self._fresh.best(key, limit)) if k in self._phrases}
            ranked = sorted(found, key=lambda k: (not k.startswith(key), -self._phrases[k].weight, k))
            return [Completion(self._phrases[k].shown(), self._phrases[k].weight) for k in ranked[:limit]]


class Suggester:
    """Completion and correction behind one name."""

    def __init__(self, completer: Completer, correct: Callable[[str], str | None]) -> None:
        self._completer = completer
        self._correct = correct

    def complete(self, prefix: str, limit: int) -> list[Completion]:
        """Return up to `limit` titles of which a word begins so."""
        return self._completer.complete(prefix, limit)

    def correct(self, text: str) -> str | None:
        """Return the text with unknown words replaced by existing ones; None when there is nothing to say."""
        return self._correct(text)


def rests(key: str) -> list[str]:
    """Return the phrase from each of its words on, the whole of it first."""
    starts = {0}
    for writing, run, start in runs(key):
        starts.update([start] if writing is Writing.SPACED else range(start, start + len(run)))
    return [key[start:] for start in sorted(starts)]


def weight(popularity: float | None) -> float:
    """Return what one record adds to its phrase."""
    return 1.0 + max(popularity or 0.0, 0.0)


def rank(phrase_weight: float, is_whole: bool) -> float:
    """Return a number that orders starts: every whole phrase before every later word, then by weight."""
    return phrase_weight if is_whole else -1.0 / (1.0 + phrase_weight)
