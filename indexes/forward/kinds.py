"""Stores one kind of value each by ordinal: strings, lists of strings, numbers, truth values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes.growing import GrowingArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from indexes.types import Mask

ABSENT = -1
MIN_COMPACTION = 4_096
SIDES: dict[str, Callable[[npt.NDArray[np.float64], float], Mask]] = {
    "lt": np.less,
    "lte": np.less_equal,
    "gt": np.greater,
    "gte": np.greater_equal,
}


class Codes:
    """A dictionary of strings: each distinct one has a small number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.strings: list[str] = []

    def number(self, string: str) -> int:
        """Return the string's number, a new one when it has none."""
        number = self._numbers.setdefault(string, len(self.strings))
        if number == len(self.strings):
            self.strings.append(string)
        return number

    def known(self, strings: Iterable[str]) -> list[int]:
        """Return the numbers of those that have one."""
        return [self._numbers[string] for string in strings if string in self._numbers]

    def counted(self, numbers: npt.NDArray[np.int32]) -> dict[str, int]:
        """Return how often each string's number occurs."""
        counts = np.bincount(numbers, minlength=0)
        return {self.strings[number]: int(counts[number]) for number in np.flatnonzero(counts).tolist()}


def among(numbers: npt.NDArray[np.int32], wanted: Sequence[int]) -> Mask:
    """Return where `numbers` holds one of `wanted`."""
    if len(wanted) == 1:
        return np.equal(numbers, wanted[0])
    return np.isin(numbers, np.asarray(wanted, np.int32))


class Strings:
    """At most one string an ordinal, as numbers into a dictionary."""

    def __init__(self) -> None:
        self._codes = Codes()
        self._numbers = GrowingArray(np.int32, fill=ABSENT)

    def grow(self, size: int) -> None:
        self._numbers.grow(size)

    def set(self, ordinal: int, value: str) -> None:
        self._numbers.values[ordinal] = self._codes.number(value)

    def clear(self, ordinal: int) -> None:
        self._numbers.values[ordinal] = ABSENT

    def among(self, values: Iterable[str]) -> Mask:
        """Return where the string is one of `values`."""
        return among(self._numbers.values, self._codes.known(values))

    def present(self) -> Mask:
        return np.not_equal(self._numbers.values, ABSENT)

    def count(self, ordinals: npt.NDArray[np.int32]) -> dict[str, int]:
        numbers = self._numbers.values[ordinals]
        return self._codes.counted(numbers[numbers != ABSENT])


class Lists:
    """Any number of distinct strings an ordinal: rows of (ordinal, number), an ordinal's together.

    Replaced rows are blanked; when most are blank the rest move together.
    """

    def __init__(self) -> None:
        self._codes = Codes()
        self._starts = GrowingArray(np.int64, fill=0)
        self._sizes = GrowingArray(np.int32, fill=0)
        self._owners = GrowingArray(np.int32, fill=0)
        self._numbers = GrowingArray(np.int32, fill=ABSENT)
        self._num_blank = 0

    def grow(self, size: int) -> None:
        self._starts.grow(size)
        self._sizes.grow(size)

    def set(self, ordinal: int, values: Iterable[str]) -> None:
        numbers = [self._codes.number(value) for value in dict.fromkeys(values)]
        self._starts.values[ordinal] = len(self._owners)
        self._sizes.values[ordinal] = len(numbers)
        self._owners.extend([ordinal] * len(numbers))
        self._numbers.extend(numbers)

    def clear(self, ordinal: int) -> None:
        size = int(self._sizes.values[ordinal])
        if size == 0:
            return
        start = int(self._starts.values[ordinal])
        self._numbers.values[start : start + size] = ABSENT
        self._sizes.values[ordinal] = 0
        self._num_blank += size
        if self._num_blank > max(MIN_COMPACTION, len(self._numbers) // 2):
            self._compact()

    def _compact(self) -> None:
        keep = self._numbers.values != ABSENT
        moved = np.cumsum(keep) - keep
        used = np.flatnonzero(self._sizes.values)
        self._starts.values[used] = moved[self._starts.values[used]]
        self._owners.replace(self._owners.values[keep])
        self._numbers.replace(self._numbers.values[keep])
        self._num_blank = 0

    def among(self, values: Iterable[str]) -> Mask:
        """Return where one of the strings is one of `values`."""
        mask = np.zeros(len(self._sizes), np.bool_)
        mask[self._owners.values[among(self._numbers.values, self._codes.known(values))]] = True
        return mask

    def present(self) -> Mask:
        return np.greater(self._sizes.values, 0)

    def count(self, ordinals: npt.NDArray[np.int32]) -> dict[str, int]:
        """Return how many of the ordinals have each string."""
        sizes = self._sizes.values[ordinals]
        ends = np.cumsum(sizes)
        rows = np.arange(int(ends[-1]) if len(ends) else 0)
        rows += np.repeat(self._starts.values[ordinals] - (ends - sizes), sizes)
        return self._codes.counted(self._numbers.values[rows])


class Numbers:
    """At most one number an ordinal; NaN is none."""

    def __init__(self) -> None:
        self._values = GrowingArray(np.float64, fill=np.nan)

    def grow(self, size: int) -> None:
        self._values.grow(size)

    @property
    def values(self) -> npt.NDArray[np.float64]:
        return self._values.values

    def set(self, ordinal: int, value: float) -> None:
        self._values.values[ordinal] = value

    def clear(self, ordinal: int) -> None:
        self._values.values[ordinal] = np.nan

    def among(self, values: Iterable[float]) -> Mask:
        """Return where the number is one of `values`."""
        return np.isin(self.values, np.fromiter(values, np.float64))

    def compare(self, operator: str, value: float) -> Mask:
        """Return where the number is on this side of `value`; operator is lt, lte, gt or gte."""
        return SIDES[operator](self.values, value)

    def present(self) -> Mask:
        return ~np.isnan(self.values)

    def count(self, ordinals: npt.NDArray[np.int32]) -> dict[float, int]:
        numbers = self.values[ordinals]
        values, counts = np.unique(numbers[~np.isnan(numbers)], return_counts=True)
        return dict(zip(values.tolist(), counts.tolist(), strict=True))


class Truths:
    """At most one truth value an ordinal."""

    def __init__(self) -> None:
        self._values = GrowingArray(np.int8, fill=ABSENT)

    def grow(self, size: int) -> None:
        self._values.grow(size)

    def set(self, ordinal: int, value: bool) -> None:
        self._values.values[ordinal] = value

    def clear(self, ordinal: int) -> None:
        self._values.values[ordinal] = ABSENT

    def among(self, values: Iterable[bool]) -> Mask:
        """Return where the truth value is one of `values`."""
        return np.isin(self._values.values, np.fromiter(values, np.int8))

    def present(self) -> Mask:
        return np.not_equal(self._values.values, ABSENT)

    def count(self, ordinals: npt.NDArray[np.int32]) -> dict[bool, int]:
        values, counts = np.unique(self._values.values[ordinals], return_counts=True)
        return {bool(v): int(n) for v, n in zip(values, counts, strict=True) if v != ABSENT}
