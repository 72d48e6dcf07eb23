"""Brings the callers' own vectors into the spaces of their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.domain.items import own_space
from app.ingest.vectors import newest_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.log import LogRow
    from app.domain.ports import Views

OWN_LANE = "own_vectors"


class OwnVectors:
    """The consumer of the lane of vector fields. `dims` are the numbers of a vector, by field.

    A vector that is not of its field (the settings had changed in between) is left out.
    """

    def __init__(self, views: Views, dims: Mapping[str, int]) -> None:
        self._views = views
        self._dims = dims

    def __call__(self, rows: Sequence[LogRow]) -> None:
        """Give the items of these rows their vectors, and take those away that they no longer have."""
        items, lsn = newest_items(rows), rows[-1].lsn
        for field, dim in self._dims.items():
            vectors = {item.id: item.embeddings.get(field, ()) for item in items}
            held = sorted(item_id for item_id, vector in vectors.items() if len(vector) == dim)
            stacked = np.array([vectors[item_id] for item_id in held], np.float32).reshape(len(held), dim)
            self._views.drop_vectors(own_space(field), sorted(set(vectors) - set(held)), lsn)
            self._views.put_vectors(own_space(field), held, stacked, lsn)

    def start_lsn(self) -> int:
        """Return the LSN up to which every field is complete."""
        return min((self._views.vector_lsn(own_space(field)) for field in self._dims), default=0)
