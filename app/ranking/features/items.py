"""Keeps the numbers and word stems of items by ordinal, read once a record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from app.ranking.lists import Ordinals
    from indexes.types import Record

    Reading: TypeAlias = Callable[[Record], float]

Floats: TypeAlias = npt.NDArray[np.float64]
Stems: TypeAlias = tuple[frozenset[str], frozenset[str], frozenset[str]]  # of title, tags, text

FIELDS: Final = ("title", "tags", "text")
MAX_TEXT_CHARS = 5_000  # of a text that are cut into stems
NO_STEMS_AT_ALL: Final[tuple[Sequence[frozenset[str]], ...]] = ((), (), ())
NO_STEMS: Stems = (frozenset(), frozenset(), frozenset())
NUMBERS: Final[tuple[str, ...]] = (
    "popularity",
    "created_at",
    "has_picture",
    "is_generated",
    "title_chars",
    "title_words",
    "title_stems",
    "num_tags",
    "text_chars",
    "latitude",
    "longitude",
)


class Records(Protocol):
    """Where records come from; a put always makes a new object."""

    def records(self, ordinals: Iterable[int]) -> Sequence[Record | None]: ...


@dataclass(frozen=True, slots=True)
class ItemTable:
    """The items of n candidates: columns by name, (n,) each, NaN where unknown; stems by field, n each."""

    names: tuple[str, ...]
    values: Floats
    stems: tuple[Sequence[frozenset[str]], ...]

    def column(self, name: str) -> Floats:
        """Return one column, (n,)."""
        column: Floats = self.values[self.names.index(name)]
        return column


class ItemFacts:
    """Reads items by ordinal, and remembers what it read until the record is another; any thread reads.

    `stem` cuts a text into stems as the term index does; `readings` are further columns by name.
    """

    def __init__(
        self,
        source: Records,
        stem: Callable[[str], Iterable[str]],
        readings: Sequence[tuple[str, Reading]] = (),
    ) -> None:
        self._source = source
        self._stem = stem
        self._readings = tuple(readings)
        self.names = (*NUMBERS, *(name for name, _ in self._readings))
        self._lock = Lock()  # guards the three below, of the ordinals seen so far
        self._values = np.full((0, len(self.names)), np.nan)
        self._seen: list[Record | None] = []
        self._stems: list[Stems] = []

    def table(self, ordinals: Ordinals) -> ItemTable:
        """Return the items of these ordinals; what died meanwhile is unknown."""
        places = ordinals.tolist()
        records = self._source.records(places)
        with self._lock:
            self._grow(max(places, default=-1) + 1)
            for place, record in zip(places, records, strict=True):
                if self._seen[place] is not record:
                    self._read(place, record)
            stems = [self._stems[place] for place in places]
            values = self._values[ordinals].T.copy()  # columns are read one at a time
        return ItemTable(self.names, values, tuple(zip(*stems, strict=True)) or NO_STEMS_AT_ALL)

    def ids(self, ordinals: Ordinals) -> list[str]:
        """Return the ids of these ordinals, empty where they died meanwhile."""
        return ["" if one is None else one.id for one in self._source.records(ordinals.tolist())]

    def _grow(self, size: int) -> None:
        missing = size - len(self._seen)
        if missing <= 0:
            return
        self._seen += [None] * missing
        self._stems += [NO_STEMS] * missing
        if size > len(self._values):
            grown = np.full((max(size, 2 * len(self._values)), len(self.names)), np.nan)
            grown[: len(self._values)] = self._values
            self._values = grown

    def _read(self, place: int, record: Record | None) -> None:
        self._seen[place] = record
        if record is None:
            self._values[place], self._stems[place] = np.nan, NO_STEMS
            return
        texts = (record.title, "\n".join(record.tags), record.text[:MAX_TEXT_CHARS])
        title, tags, text = (frozenset(self._stem(one)) if one else frozenset() for one in texts)
        self._stems[place] = (title, tags, text)
        own = (read(record) for _, read in self._readings)
        self._values[place] = [*numbers_of(record, len(title)), *own]


def numbers_of(record: Record, title_stems: int) -> list[float]:
    """Return the columns of `NUMBERS`, NaN where unknown."""
    latitude, longitude = record.location or (math.nan, math.nan)
    return [
        math.nan if record.popularity is None else record.popularity,
        math.nan if record.created_at is None else record.created_at,
        float(record.has_picture),
        float(record.origin == "generated"),
        float(len(record.title)),
        float(len(record.title.split())),
        float(title_stems),
        float(len(record.tags)),
        float(len(record.text)),
        latitude,
        longitude,
    ]
