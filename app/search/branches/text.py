"""Recalls by meaning, from the space of text vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from indexes.types import Matches
from models.exported import exported

if TYPE_CHECKING:
    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.types import Mask

SPACE = "text"


@exported("branches", "text")
class TextBranch:
    """Nearest text vectors by cosine: the query's meaning, or that of the item to be like."""

    space: ClassVar[str | None] = SPACE
    floor: ClassVar[float | None] = 0.0  # cosine of what has nothing to do with each other
    ceiling: ClassVar[float | None] = 1.0
    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = True

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:
        if SPACE not in collection.spaces:
            return "this collection has no text vectors"
        if prepared.like is not None and SPACE not in prepared.vectors:
            return "the item has no text vector"
        return None if prepared.query or prepared.like else "there is nothing to compare with"

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        vector = prepared.vectors[SPACE]
        if prepared.like is None:
            return collection.spaces[SPACE].search(vector, depth, mask)
        found = collection.spaces[SPACE].search(vector, depth + 1, mask)  # the item finds itself
        others = found.ordinals != prepared.like.ordinal
        return Matches(found.ordinals[others][:depth], found.scores[others][:depth])
