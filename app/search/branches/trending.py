"""Recalls what is hot when nothing was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from app.ranking.reasons import Note
from app.search.places import allowed, ordinals_of
from indexes.ranked import best
from models.exported import exported

if TYPE_CHECKING:
    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.types import Mask, Matches

NAME: Final = "trending"
HOUR_S: Final = 3_600.0


@exported("branches", NAME)
class TrendingBranch:
    """What most people did something with lately, one voice a person, newer acts counting more.

    The window is the last 24 hours, or 7 or 30 days where little happened.
    """

    space: ClassVar[str | None] = None
    floor: ClassVar[float | None] = 0.0
    ceiling: ClassVar[float | None] = None
    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = True

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:  # noqa: ARG002 - the protocol's
        if not prepared.is_front_page:
            return "something was asked for"
        return None if prepared.crowd is not None and prepared.crowd.hot else "nothing has happened lately"

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        crowd = prepared.crowd
        if crowd is None:
            raise ValueError("the trending branch was fired without anybody's actions")
        ordinals = ordinals_of([hot.text for hot in crowd.hot], collection)
        passed = np.flatnonzero(allowed(ordinals, collection, mask)).tolist()
        window = f"{crowd.hot_window_s / HOUR_S:g}"
        prepared.notes[NAME] = {
            int(ordinals[place]): Note(
                "trending_many" if crowd.hot[place].num_persons > 1 else "trending_one",
                plain=(("num", str(crowd.hot[place].num_persons)), ("hours", window)),
            )
            for place in passed
        }
        heats = np.array([crowd.hot[place].heat for place in passed], np.float32)
        return best(ordinals[passed], heats, depth)
