"""Holds a numpy array whose rows grow at the end by doubling; a view taken stays readable."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Scalar = TypeVar("Scalar", bound=np.generic)

FIRST_CAPACITY = 64


class GrowingArray(Generic[Scalar]):
    """Rows of one dtype; rows never written hold `fill`. One writer, any number of readers.

    Growing moves to a new array: whoever holds an older view keeps reading the older rows.
    """

    def __init__(self, dtype: type[Scalar], fill: float, width: int | None = None) -> None:
        self._fill = fill
        self._shape = () if width is None else (width,)
        self._rows: npt.NDArray[Scalar] = np.full((FIRST_CAPACITY, *self._shape), fill, dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> npt.NDArray[Scalar]:
        """Return the rows in use, (n,) or (n, width), as a view."""
        return self._rows[: self._size]

    def grow(self, size: int) -> None:
        """Make at least `size` rows usable."""
        if size > len(self._rows):
            rows = np.full((max(size, 2 * len(self._rows)), *self._shape), self._fill, self._rows.dtype)
            rows[: self._size] = self._rows[: self._size]
            self._rows = rows
        self._size = max(self._size, size)

    def extend(self, values: npt.ArrayLike) -> None:
        """Append rows."""
        added = np.asarray(values, self._rows.dtype)
        start = self._size
        self.grow(start + len(added))
        self._rows[start : start + len(added)] = added

    def replace(self, values: npt.NDArray[Scalar]) -> None:
        """Hold exactly these rows from now on."""
        self._rows, self._size = values, len(values)
