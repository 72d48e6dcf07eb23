"""Recalls by the query's words, from the inverted index."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from models.exported import exported

if TYPE_CHECKING:
    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.types import Mask, Matches


@exported("branches", "term")
class TermBranch:
    """Words of the query in title, tags and text, by BM25 over weighted fields.

    Where nothing has the words, the last one is taken for the beginning of a longer one.
    """

    space: ClassVar[str | None] = None
    floor: ClassVar[float | None] = 0.0  # BM25 of an item with none of the words
    ceiling: ClassVar[float | None] = None
    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = True

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:  # noqa: ARG002 - the protocol's
        return "there are no words to look for" if prepared.terms is None else None

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        if prepared.terms is None:
            raise ValueError("the term branch was fired without words")
        found = collection.terms.search(prepared.terms, depth, mask)
        if len(found.ordinals):
            return found
        unfinished = collection.terms.parse(prepared.query, prefix=True)
        return collection.terms.search(unfinished, depth, mask)
