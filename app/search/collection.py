"""Names what a search asks of a collection; `indexes.collection.Collection` answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from app.ranking.lists import Ordinals
    from app.search.encoding import Vector
    from indexes.forward.filters import Filter
    from indexes.text.query import TermQuery
    from indexes.types import Mask, Matches


class Terms(Protocol):
    """The inverted index."""

    def parse(self, text: str) -> TermQuery: ...

    def search(self, query: TermQuery, k: int, mask: Mask | None = None) -> Matches: ...

    def matched(self, ordinal: int, query: TermQuery) -> Mapping[str, tuple[str, ...]]:
        """Return the query's words that this item has, by item field."""
        ...


class Space(Protocol):
    """Vectors of one kind, by ordinal."""

    def search(self, vector: Vector, k: int, mask: Mask | None = None) -> Matches: ...

    def vector(self, ordinal: int) -> Vector | None: ...


class Speller(Protocol):
    """Completes and corrects from the words and titles of the collection."""

    def complete(self, prefix: str, limit: int) -> Sequence[str]: ...

    def correct(self, text: str) -> str | None: ...


class Collection(Protocol):
    """Every index over one collection of items, read while it is written."""

    @property
    def terms(self) -> Terms: ...

    @property
    def spaces(self) -> Mapping[str, Space]: ...

    @property
    def suggest(self) -> Speller: ...

    @property
    def num_items(self) -> int: ...

    def compile(self, tree: Filter | None) -> Mask | None: ...

    def ids(self, ordinals: Ordinals) -> Sequence[str]: ...

    def ordinal(self, item_id: str) -> int | None: ...

    def exact_titles(self, query: str) -> Ordinals: ...

    def facets(self, ordinals: Ordinals, field: str) -> Sequence[tuple[str | float | bool, int]]: ...

    def versions(self, ordinals: Ordinals) -> Sequence[int]:
        """Return the LSN last applied to each."""
        ...

    @property
    def lsn(self) -> int: ...

    def living(self) -> Ordinals: ...

    def numbers(self, field: str) -> npt.NDArray[np.float64]:
        """Return a number field by ordinal, NaN where absent."""
        ...
