"""Keeps ids, records and columns together, and compiles filters to masks over the living."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from indexes.errors import DamagedSnapshot
from indexes.forward.columns import Columns
from indexes.ordinals import Ordinals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from indexes.forward.columns import Scalar
    from indexes.forward.filters import Filter
    from indexes.types import Mask, Record

MAX_MASKS = 256


class ForwardStore:
    """What is known about each ordinal. One writer, any number of readers."""

    def __init__(self) -> None:
        self._ordinals = Ordinals()
        self._columns = Columns(self._ordinals.get)
        self._records: list[Record | None] = []
        self._masks: OrderedDict[str, Mask] = OrderedDict()  # of the columns as they are now
        self.num_wordless = 0  # living records that have a picture and no words to find it by
        self._guard = Lock()  # guards ordinals' arrays, columns and masks; held for one record, one mask

    @property
    def num_alive(self) -> int:
        """Return how many ids are alive."""
        return self._ordinals.num_alive

    @property
    def num_ordinals(self) -> int:
        """Return how many ordinals were ever given."""
        return len(self._ordinals)

    def ids(self, ordinals: Iterable[int] | npt.NDArray[np.int32]) -> list[str]:
        """Return the ids of ordinals that were given, dead ones too."""
        return self._ordinals.ids(ordinals)

    def all_ids(self) -> list[str]:
        """Return the id of every ordinal ever given, in order."""
        return self._ordinals.dump()

    def ordinal(self, item_id: str) -> int | None:
        """Return the ordinal of a living id."""
        return self._ordinals.get(item_id)

    def record(self, ordinal: int) -> Record | None:
        """Return the ordinal's record while it is alive."""
        return self._records[ordinal] if 0 <= ordinal < len(self._records) else None

    def records(self) -> Iterator[tuple[int, Record]]:
        """Yield the living records by ordinal."""
        return ((ordinal, record) for ordinal, record in enumerate(self._records) if record is not None)

    def put(self, record: Record) -> tuple[int, Record | None]:
        """Hold the record; return its ordinal and the record it replaces."""
        with self._guard:
            ordinal = self._ordinals.add(record.id)
            self._records += [None] * (ordinal + 1 - len(self._records))
            before, self._records[ordinal] = self._records[ordinal], record
            self.num_wordless += _is_wordless(record) - _is_wordless(before)
            if record != before:
                self._columns.put(ordinal, record)
                self._masks.clear()
        return ordinal, before

    def remove(self, item_id: str) -> tuple[int, Record] | None:
        """Let the id die; return the ordinal and the record it had, None when it was not alive."""
        with self._guard:
            ordinal = self._ordinals.remove(item_id)
            if ordinal is None:
                return None
            before, self._records[ordinal] = self._records[ordinal], None
            self.num_wordless -= _is_wordless(before)
            self._columns.remove(ordinal)
            self._masks.clear()
        return None if before is None else (ordinal, before)

    def compile(self, tree: Filter | None) -> Mask | None:
        """Return where the filter holds among the living, (n,) and read-only; None for no filter."""
        if tree is None:
            return None
        key = repr(tree)  # tells true from 1, which equal each other as values
        with self._guard:
            mask = self._masks.get(key)
            if mask is None:
                mask = self._columns.compile(tree) & self._ordinals.alive
                mask.flags.writeable = False
                self._masks[key] = mask
                if len(self._masks) > MAX_MASKS:
                    self._masks.popitem(last=False)
        return mask

    def facets(self, ordinals: npt.NDArray[np.int32], field: str) -> list[tuple[Scalar, int]]:
        """Return (value, how many of these ordinals have it), most frequent first, then by value."""
        with self._guard:
            return self._columns.facets(ordinals, field)

    def restore(
        self, ids: Sequence[str], records: Iterable[tuple[int, Record]]
    ) -> Iterator[tuple[int, Record]]:
        """Become what was saved, yielding each record once it is in; raises DamagedSnapshot."""
        alive = np.zeros(len(ids), np.bool_)
        self._records = [None] * len(ids)
        self._columns.grow(len(ids))
        for ordinal, record in records:
            if not 0 <= ordinal < len(ids) or ids[ordinal] != record.id:
                raise DamagedSnapshot(f"the record {record.id!r} has no ordinal")
            alive[ordinal] = True
            self._records[ordinal] = record
            self.num_wordless += _is_wordless(record)
            self._columns.put(ordinal, record)
            yield ordinal, record
        self._ordinals.restore(ids, alive)


def _is_wordless(record: Record | None) -> bool:
    return record is not None and record.has_picture and not (record.title or record.text or record.tags)
