"""Recalls by a vector field: the callers' own vectors, one branch a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.domain.items import own_space
from app.search.branches.nearest import nearest

if TYPE_CHECKING:
    from app.ranking.lists import BranchScores, Ordinals
    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.types import Mask, Matches

COSINE = "cosine"


def own_doc(field: str, metric: str) -> str:
    """Return what the branch of this field does, in one sentence."""
    return f"Nearest vectors of the field `{field}` by {metric}: to the one that was sent, or to an item's."


class OwnVectorsBranch:
    """Nearest vectors of one field, to the vector sent for it or to that of the item to be like.

    Its name is that of its space, `vector:FIELD`; `metric` is the field's own.
    """

    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = True

    def __init__(self, field: str, metric: str) -> None:
        self.field = field
        self.name = own_space(field)
        self.space: str | None = self.name
        # Inner products and distances have no ends of their own: the recalled ones stand in.
        self.floor: float | None = 0.0 if metric == COSINE else None
        self.ceiling: float | None = 1.0 if metric == COSINE else None

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:  # noqa: ARG002 - the protocol's
        if self.name in prepared.vectors:
            return None
        return "the item has no such vector" if prepared.like else "no vector was sent for it"

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        return nearest(collection.spaces[self.name], prepared, prepared.vectors[self.name], depth, mask)

    def score(self, collection: Collection, prepared: Prepared, ordinals: Ordinals) -> BranchScores:
        return collection.spaces[self.name].scores(prepared.vectors[self.name], ordinals)
