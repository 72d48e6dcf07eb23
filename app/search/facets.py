"""Counts the values of fields over the whole list that paging can reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput
from app.domain.search import FacetValue
from indexes.forward.filters import ATTRIBUTE, PLAIN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.ranking.lists import Ordinals
    from app.search.collection import Collection

COUNTABLE = PLAIN_FIELDS - {"id"}
MAX_VALUES = 1_000


def check_facets(fields: Sequence[str]) -> None:
    """Raise InvalidInput for a field that cannot be counted."""
    for i, field in enumerate(fields):
        attribute = field.startswith(ATTRIBUTE) and len(field) > len(ATTRIBUTE)
        if field not in COUNTABLE and not attribute:
            known = ", ".join(sorted(COUNTABLE))
            raise InvalidInput(
                f"facets[{i}]", f"{field!r} is no facet; known are {known} and attributes.NAME"
            )


def count_facets(
    fields: Sequence[str], ordinals: Ordinals, collection: Collection
) -> dict[str, tuple[FacetValue, ...]]:
    """Return at most `MAX_VALUES` values a field, the most frequent first, then by value."""
    return {
        field: tuple(FacetValue(*pair) for pair in collection.facets(ordinals, field)[:MAX_VALUES])
        for field in dict.fromkeys(fields)
    }
