"""Names what a search asks of a collection; `indexes.collection.Collection` answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.ranking.lists import BranchScores, Ordinals
    from app.search.encoding import Vector
    from indexes.forward.filters import Filter
    from indexes.text.query import TermQuery
    from indexes.text.suggest import Completion
    from indexes.types import Mask, Matches, Record


class Terms(Protocol):
    """The inverted index."""

    def parse(self, text: str, *, prefix: bool = False) -> TermQuery: ...

    def search(self, query: TermQuery, k: int, mask: Mask | None = None) -> Matches: ...


class Space(Protocol):
    """Vectors of one kind, by ordinal."""

    def search(self, vector: Vector, k: int, mask: Mask | None = None) -> Matches: ...

    def vector(self, ordinal: int) -> Vector | None: ...

    def scores(self, vector: Vector, ordinals: Ordinals) -> BranchScores:
        """Return the exact scores of ordinals, NaN for those without a vector."""
        ...

    @property
    def dim(self) -> int: ...


class Region(Protocol):
    """Places of items."""

    def __len__(self) -> int: ...

    def near(
        self, lat: float, lon: float, k: int, mask: Mask | None = None, *, half_km: float = ...
    ) -> Matches:
        """Return the nearest, scored 1 / (1 + distance / half_km)."""
        ...

    def around(self, lat: float, lon: float, within_km: float, mask: Mask | None) -> Ordinals: ...


class Speller(Protocol):
    """Completes and corrects from the words and titles of the collection."""

    def complete(self, prefix: str, limit: int) -> Sequence[Completion]: ...

    def correct(self, text: str) -> str | None: ...


class Collection(Protocol):
    """Every index over one collection of items, read while it is written."""

    @property
    def terms(self) -> Terms: ...

    @property
    def spaces(self) -> Mapping[str, Space]: ...

    @property
    def region(self) -> Region: ...

    @property
    def suggest(self) -> Speller: ...

    @property
    def num_items(self) -> int: ...

    @property
    def num_wordless(self) -> int:
        """Return how many items have a picture, and no words to find it by."""
        ...

    def compile(self, tree: Filter | None) -> Mask | None: ...

    def ids(self, ordinals: Iterable[int]) -> Sequence[str]: ...

    def ordinal(self, item_id: str) -> int | None: ...

    def exact_titles(self, query: str) -> Ordinals: ...

    def facets(self, ordinals: Ordinals, field: str) -> Sequence[tuple[str | float | bool, int]]: ...

    def records(self, ordinals: Iterable[int]) -> Sequence[Record | None]:
        """Return a record each, None for the dead; every put makes a new object."""
        ...

    @property
    def lsn(self) -> int: ...
