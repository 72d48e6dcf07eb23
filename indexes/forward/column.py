"""Holds one field of every ordinal, whatever kinds of value callers put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from indexes.forward.kinds import Lists, Numbers, Strings, Truths

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from indexes.types import Mask, Value

Scalar: TypeAlias = str | float | bool
Kind = TypeVar("Kind", Strings, Lists, Numbers, Truths)


class Column:
    """A field: each kind of value seen in it has its own store, made when first needed.

    Kinds never equal each other: `true` is not 1, and "1" is not 1.
    """

    def __init__(self) -> None:
        self._size = 0
        self._strings: Strings | None = None
        self._lists: Lists | None = None
        self._numbers: Numbers | None = None
        self._truths: Truths | None = None
        self._stores: list[Strings | Lists | Numbers | Truths] = []  # those made, in order

    def grow(self, size: int) -> None:
        """Make room for ordinals below `size`."""
        self._size = size
        for store in self._stores:
            store.grow(size)

    def set(self, ordinal: int, value: Value | None) -> None:
        """Give the ordinal this value instead of any other; None takes it away."""
        for store in self._stores:
            store.clear(ordinal)
        if value is None:
            return
        if isinstance(value, bool):
            self._truths = self._truths or self._sized(Truths())
            self._truths.set(ordinal, value)
        elif isinstance(value, str):
            self._strings = self._strings or self._sized(Strings())
            self._strings.set(ordinal, value)
        elif isinstance(value, tuple):
            self._lists = self._lists or self._sized(Lists())
            self._lists.set(ordinal, value)
        else:
            self._numbers = self._numbers or self._sized(Numbers())
            self._numbers.set(ordinal, float(value))

    def among(self, values: Iterable[Scalar]) -> Mask:
        """Return where the value, or a member of a list, is one of `values`."""
        mask = self._none()
        wanted = tuple(values)
        strings = [value for value in wanted if isinstance(value, str)]
        truths = [value for value in wanted if isinstance(value, bool)]
        numbers = [float(v) for v in wanted if not isinstance(v, str | bool)]
        for store in (self._strings, self._lists):
            if store is not None and strings:
                mask |= store.among(strings)
        if self._truths is not None and truths:
            mask |= self._truths.among(truths)
        if self._numbers is not None and numbers:
            mask |= self._numbers.among(numbers)
        return mask

    def compare(self, operator: str, value: float) -> Mask:
        """Return where the value is a number on this side of `value`."""
        return self._none() if self._numbers is None else self._numbers.compare(operator, value)

    def present(self) -> Mask:
        """Return where there is a value; an empty list is none."""
        mask = self._none()
        for store in self._stores:
            mask |= store.present()
        return mask

    def count(self, ordinals: npt.NDArray[np.int32]) -> list[tuple[Scalar, int]]:
        """Return (value, how many of the distinct ordinals have it), alone or in a list."""
        counts: dict[tuple[type, Scalar], int] = {}  # by type too, for true equals 1 as a key
        for store in self._stores:
            for value, count in store.count(ordinals).items():
                counts[type(value), value] = counts.get((type(value), value), 0) + count
        return [(value, count) for (_, value), count in counts.items()]

    def _sized(self, store: Kind) -> Kind:
        store.grow(self._size)
        self._stores.append(store)
        return store

    def _none(self) -> Mask:
        return np.zeros(self._size, np.bool_)
