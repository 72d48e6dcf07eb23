"""Finds the records whose title is exactly the query, once both are normalised."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from indexes.text.scripts import normalise


class Titles:
    """Ordinals by normalised title. One writer; each change is one step that readers see or do not."""

    def __init__(self) -> None:
        self._by_title: dict[str, dict[int, None]] = {}

    def add(self, ordinal: int, title: str) -> None:
        """File the ordinal under its title; an empty one is not filed."""
        key = normalise(title)
        if key:
            self._by_title.setdefault(key, {})[ordinal] = None

    def remove(self, ordinal: int, title: str) -> None:
        """Take the ordinal out from under the title it was filed under."""
        key = normalise(title)
        filed = self._by_title.get(key)
        if filed is None:
            return
        filed.pop(ordinal, None)
        if not filed:
            del self._by_title[key]

    def find(self, query: str) -> npt.NDArray[np.int32]:
        """Return the ordinals of equal titles, ascending, (n,)."""
        return np.sort(np.asarray(list(self._by_title.get(normalise(query), ())), np.int32))
