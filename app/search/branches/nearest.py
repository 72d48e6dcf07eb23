"""Finds what is nearest in a space, without the item that a search is like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexes.types import Matches

if TYPE_CHECKING:
    from app.search.collection import Space
    from app.search.encoding import Vector
    from app.search.types import Prepared
    from indexes.types import Mask


def nearest(space: Space, prepared: Prepared, vector: Vector, depth: int, mask: Mask | None) -> Matches:
    """Return the `depth` nearest to the vector, (d,); the item to be like is none of them."""
    if prepared.like is None:
        return space.search(vector, depth, mask)
    found = space.search(vector, depth + 1, mask)  # the item finds itself
    others = found.ordinals != prepared.like.ordinal
    return Matches(found.ordinals[others][:depth], found.scores[others][:depth])
