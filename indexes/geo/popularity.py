"""Weighs how much people liked each item of late, so that what is liked around a place can be told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgpack
import numpy as np

from indexes.errors import DamagedSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

FILE = "liked.msgpack"
HALF_LIFE_S = 14 * 86_400.0
MAX_PEOPLE = 1_000  # remembered of one item; the weakest voices leave first
SLACK = 100  # beyond that, so that not every voice costs a sort


class Liked:
    """Decayed likings by item and person. One writer; any thread reads.

    Weights decay forward (Cormode et al. 2009, section 3): a liking of weight w at time t counts
    log2 w + t / half-life, which never has to be touched again, so late events need no care. A person
    counts once an item, by the strongest of their likings: told twice or shouted, it is one voice.
    """

    def __init__(self, half_life_s: float = HALF_LIFE_S) -> None:
        self._half_life_s = half_life_s
        self._voices: dict[str, dict[str, float]] = {}

    def __len__(self) -> int:
        """Return how many items anybody liked."""
        return len(self._voices)

    def add(self, item_id: str, person: str, weight: float, at: float) -> None:
        """Hear one liking; `at` is seconds since the epoch. One without a positive weight says nothing."""
        if weight <= 0:
            return
        voice = math.log2(weight) + at / self._half_life_s
        voices = dict(self._voices.get(item_id, ()))  # copied: a reader keeps the one it found
        voices[person] = max(voice, voices.get(person, -math.inf))
        if len(voices) > MAX_PEOPLE + SLACK:
            strongest = sorted(voices.items(), key=lambda one: (-one[1], one[0]))[:MAX_PEOPLE]
            voices = dict(strongest)
        self._voices[item_id] = voices

    def forget(self, person: str) -> None:
        """Take back everything this person liked."""
        for item_id in [item_id for item_id, voices in self._voices.items() if person in voices]:
            left = {one: voice for one, voice in self._voices[item_id].items() if one != person}
            if left:
                self._voices[item_id] = left
            else:
                del self._voices[item_id]

    def items(self) -> list[str]:
        """Return the ids that anybody liked."""
        return list(self._voices)

    def strengths(self, item_ids: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return for each id its share of the strongest one's popularity, (n,): 1 for that one, 0 for none.

        As all decay alike, shares do not depend on the time of asking.
        """
        sums = np.array([self._sum(item_id) for item_id in item_ids], np.float64)
        top = sums.max(initial=-np.inf)
        if not np.isfinite(top):
            return np.zeros(len(item_ids), np.float32)
        shares: npt.NDArray[np.float32] = np.exp2(sums - top).astype(np.float32)
        return shares

    def _sum(self, item_id: str) -> float:
        voices = self._voices.get(item_id)
        if not voices:
            return -math.inf
        return float(np.logaddexp2.reduce(np.sort(np.fromiter(voices.values(), np.float64, len(voices)))))

    def rows(self) -> Iterable[tuple[str, list[tuple[str, float]]]]:
        """Yield (item id, its voices), both in string order: equal likings give equal rows."""
        return ((item_id, sorted(self._voices[item_id].items())) for item_id in sorted(self._voices))

    def save(self, directory: Path) -> None:
        """Write everything into an existing directory."""
        (directory / FILE).write_bytes(msgpack.packb(list(self.rows())))

    def restore(self, directory: Path) -> None:
        """Become what `save` wrote; raises DamagedSnapshot."""
        try:
            rows = msgpack.unpackb((directory / FILE).read_bytes())
            self._voices = {item_id: dict(map(tuple, voices)) for item_id, voices in rows}
        except (OSError, ValueError, TypeError) as error:
            raise DamagedSnapshot(f"likings cannot be read: {error}") from error
