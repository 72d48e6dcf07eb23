"""Recalls by meaning, from the space of text vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.search.branches.nearest import nearest
from models.exported import exported

if TYPE_CHECKING:
    from app.ranking.lists import BranchScores, Ordinals
    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.types import Mask, Matches

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
        return nearest(collection.spaces[SPACE], prepared, prepared.vectors[SPACE], depth, mask)

    def score(self, collection: Collection, prepared: Prepared, ordinals: Ordinals) -> BranchScores:
        return collection.spaces[SPACE].scores(prepared.vectors[SPACE], ordinals)
