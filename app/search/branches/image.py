"""Recalls by looks, from the space of picture vectors: by words, by a picture, or like an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.search.branches.nearest import nearest
from models.exported import exported

if TYPE_CHECKING:
    from app.ranking.lists import BranchScores, Ordinals
    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.types import Mask, Matches

SPACE = "image"
EVERY_WORD = "every picture here has words; name the branch to have it asked all the same"


@exported("branches", "image")
class ImageBranch:
    """Nearest pictures by cosine: what looks as the query's words say, as the picture sent, or as an item."""

    space: ClassVar[str | None] = SPACE
    floor: ClassVar[float | None] = None  # of what does not look alike: it differs from encoder to encoder
    ceiling: ClassVar[float | None] = None
    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = True

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:
        if SPACE not in collection.spaces:
            return "no picture encoder runs here"
        if prepared.like is not None and SPACE not in prepared.vectors:
            return "the item has no picture vector"
        asked = prepared.query or prepared.like or prepared.picture is not None
        return None if asked else "there is nothing to compare with"

    def spared(self, collection: Collection, prepared: Prepared) -> str | None:
        by_words = prepared.like is None and prepared.picture is None
        return EVERY_WORD if by_words and not collection.num_wordless else None

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        return nearest(collection.spaces[SPACE], prepared, prepared.vectors[SPACE], depth, mask)

    def score(self, collection: Collection, prepared: Prepared, ordinals: Ordinals) -> BranchScores:
        return collection.spaces[SPACE].scores(prepared.vectors[SPACE], ordinals)
