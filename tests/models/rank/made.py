"""Makes lists whose best order is known, and clicks on them by people who look from the top."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.rank.lists import Lists

if TYPE_CHECKING:
    from models.rank.lists import Floats

COLUMNS = 5


@dataclass(frozen=True, slots=True)
class World:
    """Lists as they were shown, what each row is really worth, and how likely positions are looked at."""

    lists: Lists
    worth: Floats
    looked: Floats
    positions: np.ndarray[tuple[int, ...], np.dtype[np.intp]]

    def truth(self) -> Lists:
        """Return the lists graded by what rows are worth, whatever was clicked."""
        return replace(self.lists, grades=(self.worth > 1).astype(np.float64))


def world(num: int, length: int = 12, seed: int = 0, slope: float = 0.8) -> World:
    """Return `num` lists ordered by a poor guess, with clicks by worth and position (k ^ -slope)."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(num, length, COLUMNS)).astype(np.float32)
    worth = rows[..., 0] + 0.8 * rows[..., 1] * (rows[..., 2] > 0)
    order = np.argsort(-(0.4 * rows[..., 0] + rng.normal(size=(num, length))), axis=1)
    rows = np.take_along_axis(rows, order[..., None], 1)
    worth = np.take_along_axis(worth, order, 1)
    looked = np.asarray(np.arange(1, length + 1) ** -slope, np.float64)
    clicked = rng.random((num, length)) < looked / (1 + np.exp(1.5 - 2 * worth))
    lists = Lists(
        matrix=rows.reshape(-1, COLUMNS),
        grades=clicked.ravel().astype(np.float64),
        weights=np.ones(num * length),
        starts=np.arange(0, num * length + 1, length).astype(np.intp),
        moments=np.arange(num, dtype=np.float64),
        fused=np.tile(-np.arange(length, dtype=np.float64), num),
    )
    return World(lists, worth.ravel().astype(np.float64), looked, np.tile(np.arange(1, length + 1), num))
