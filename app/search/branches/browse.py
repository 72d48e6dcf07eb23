"""Recalls everything the filter allows when nothing was asked: popular first, then new, then by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from indexes.types import Matches
from models.exported import exported

if TYPE_CHECKING:
    import numpy.typing as npt

    from app.ranking.lists import Ordinals
    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.types import Mask


@exported("branches", "browse")
class BrowseBranch:
    """The whole collection when nothing is asked: most popular, then newest, then by id.

    A score is the share of the listed items that stand at or below the hit: 1 for the first.
    """

    space: ClassVar[str | None] = None
    floor: ClassVar[float | None] = 0.0
    ceiling: ClassVar[float | None] = 1.0
    depth: ClassVar[int | None] = 2**31 - 1  # whole, so that totals and facets are the collection's

    def __init__(self) -> None:
        self._sorted: tuple[int, Ordinals] | None = None  # (LSN, order): replaced whole, so no lock

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:  # noqa: ARG002 - the protocol's
        return None if prepared.is_front_page else "something was asked for"

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:  # noqa: ARG002 - the protocol's
        lsn = collection.lsn
        if self._sorted is None or self._sorted[0] != lsn:
            self._sorted = (lsn, front_order(collection))
        order = self._sorted[1]
        if mask is not None:
            order = order[order < len(mask)]
            order = order[mask[order]]
        order = order[:depth]
        return Matches(order, np.linspace(1.0, 0.0, len(order), endpoint=False, dtype=np.float32))


def front_order(collection: Collection) -> Ordinals:
    """Return every living ordinal, the most popular first, then the newest, then by id in string order."""
    ordinals = collection.living()
    ids = collection.ids(ordinals)
    by_id = np.empty(len(ordinals), np.intp)
    by_id[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ordinals))
    newest = _falling(collection.numbers("created_at"), ordinals)
    popular = _falling(collection.numbers("popularity"), ordinals)
    order: Ordinals = ordinals[np.lexsort((by_id, newest, popular))]
    return order


def _falling(column: npt.NDArray[np.float64], ordinals: Ordinals) -> npt.NDArray[np.float64]:
    """Return keys that sort these ordinals by falling value, those without one last."""
    values = column[ordinals]
    return np.where(np.isnan(values), np.inf, -values)
