"""Completes what is being typed with titles, or other phrases, that have a word beginning so."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from threading import Lock
from typing import TYPE_CHECKING

from indexes.text.scripts import fold
from indexes.text.starts import FreshStarts, Starts

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PHRASE = 120  # characters; longer ones are no completions
MIN_MERGE = 512  # changed phrases; or an eighth of all


@dataclass(frozen=True, slots=True)
class Completion:
    """A phrase as it is written, and its weight: one for each time it stands there, plus popularity."""

    text: str
    weight: float


@dataclass(slots=True)
class Phrase:
    """What is known under one folded phrase: the ways it is written with their counts, and its weight."""

    writings: dict[str, int]
    weight: float = 0.0

    def shown(self) -> str:
        """Return the most frequent way of writing it, the first by letters among equals."""
        return min(self.writings, key=lambda text: (-self.writings[text], text))


class Completer:
    """Phrases with weights, found by the beginning of any of their words.

    A large table stays as it is while phrases change beside it; now and then `merge` brings the
    two together. A change is seen at once.
    """

    def __init__(self) -> None:
        self._phrases: dict[str, Phrase] = {}
        self._starts = Starts((), {})
        self._changed: set[str] = set()  # phrases of which the table knows nothing or too much
        self._fresh = FreshStarts()
        self._guard = Lock()  # guards all of the above, for one phrase or one completion at a time

    def __len__(self) -> int:
        return len(self._phrases)

    def add(self, text: str, popularity: float | None = None) -> None:
        """Count one more record with this phrase."""
        key = fold(text)
        if not key or len(key) > MAX_PHRASE:
            return
        with self._guard:
            phrase = self._phrases.setdefault(key, Phrase({}))
            phrase.writings[text] = phrase.writings.get(text, 0) + 1
            phrase.weight += weight(popularity)
            self._touch(key)

    def remove(self, text: str, popularity: float | None = None) -> None:
        """Uncount a record that was added with the same values."""
        key = fold(text)
        with self._guard:
            phrase = self._phrases.get(key)
            if phrase is None or text not in phrase.writings:
                return
            phrase.weight -= weight(popularity)
            phrase.writings[text] -= 1
            if not phrase.writings[text]:
                del phrase.writings[text]
            if not phrase.writings:
                del self._phrases[key]
            self._touch(key)

    def _touch(self, key: str) -> None:
        if key not in self._changed:
            self._changed.add(key)
            self._fresh.add(key)

    def merge(self) -> None:
        """Make the table anew when much has changed; only the writer calls this."""
        if len(self._changed) <= max(MIN_MERGE, len(self._phrases) // 8):
            return
        with self._guard:
            fresh = [pair for pair in self._fresh.pairs if pair[1] in self._phrases]
        kept = [pair for pair in self._starts.pairs if pair[1] not in self._changed]
        starts = Starts(sorted(kept + fresh), {key: self._phrases[key].weight for key in self._phrases})
        with self._guard:
            self._starts, self._fresh, self._changed = starts, FreshStarts(), set()

    def complete(self, prefix: str, limit: int) -> list[Completion]:
        """Return up to `limit` phrases of which a word begins so, the best first.

        Phrases that begin so as a whole come first, then the weightier, then the first by the
        letters from that word on.
        """
        key = fold(prefix)
        if not key or limit <= 0:
            return []
        with self._guard:
            pairs = self._starts.best(key, limit, self._changed) + self._fresh.beginning(key)
            weights = {phrase: self._phrases[phrase].weight for _, phrase in pairs if phrase in self._phrases}
            ranked = nsmallest(
                limit + len(pairs) - len(weights),  # a phrase may begin so at several words
                (
                    (rest != phrase, -weights[phrase], rest, phrase)
                    for rest, phrase in pairs
                    if phrase in weights
                ),
            )
            best = list(dict.fromkeys(phrase for *_, phrase in ranked))[:limit]
            return [Completion(self._phrases[phrase].shown(), weights[phrase]) for phrase in best]


class Suggester:
    """Completion and correction behind one name."""

    def __init__(self, completer: Completer, correct: Callable[[str], str | None]) -> None:
        self._completer = completer
        self._correct = correct

    def complete(self, prefix: str, limit: int) -> list[Completion]:
        """Return up to `limit` titles of which a word begins so: whole titles first, then by weight."""
        return self._completer.complete(prefix, limit)

    def correct(self, text: str) -> str | None:
        """Return the folded text with unknown words replaced by existing ones; None when none is."""
        return self._correct(text)


def weight(popularity: float | None) -> float:
    """Return what one record adds to its phrase."""
    return 1.0 + max(popularity or 0.0, 0.0)
