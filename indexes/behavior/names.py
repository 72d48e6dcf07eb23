"""Gives names small numbers, in the order in which they are first seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

NOBODY = -1  # the number of no name at all


class Names:
    """A two-way table; one writer, any number of readers."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts: list[str] = list(texts)
        self._numbers = {text: number for number, text in enumerate(self.texts)}

    def __len__(self) -> int:
        return len(self.texts)

    def add(self, text: str | None) -> int:
        """Return the name's number, a new one when it has none; NOBODY for None."""
        if text is None:
            return NOBODY
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return number

    def find(self, text: str | None) -> int:
        """Return the name's number, NOBODY when it has none."""
        return NOBODY if text is None else self._numbers.get(text, NOBODY)

    def keep(self, used: npt.NDArray[np.int32]) -> tuple[Names, npt.NDArray[np.int32]]:
        """Return a table of the used names only, and the new number of every old one, (n + 1,).

        The last entry stands for NOBODY, so that the array can be indexed with it.
        """
        kept = np.unique(used[used >= 0])
        moved = np.full(len(self.texts) + 1, NOBODY, np.int32)
        moved[kept] = np.arange(len(kept), dtype=np.int32)
        return Names(self.texts[number] for number in kept.tolist()), moved
