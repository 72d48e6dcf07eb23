"""Makes a crowd and a real collection for tests of what is recalled by what people did."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.search.people import look_up
from app.search.types import Prepared
from indexes.behavior.activity import Activity
from indexes.behavior.changes import Act
from indexes.behavior.crowd import Crowd
from indexes.types import Put, Record
from tests.indexes.opened import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from indexes.collection import Collection

WEIGHTS = {"click": 1.0, "like": 3.0, "purchase": 5.0, "hide": -3.0}
NOW = 1_000.0
VECTORS = {
    "a": (1, 0, 0, 0),
    "b": (0.9, 0.1, 0, 0),
    "c": (0, 1, 0, 0),
    "d": (0, 0.9, 0.1, 0),
    "e": (0, 0, 1, 0),
}


@contextmanager
def shelf(home: Path) -> Iterator[Collection]:
    """Give five records, a and b red and alike, c and d blue and alike, e alone."""
    with opened(home) as collection:
        colours = {"a": "red", "b": "red", "c": "blue", "d": "blue", "e": "green"}
        records = [
            Record(name, title=f"title {name}", tags=(colour,), category=colour, attributes={"size": "big"})
            for name, colour in colours.items()
        ]
        collection.apply([Put(lsn, record) for lsn, record in enumerate(records, 1)])
        collection.put_vectors("text", list(VECTORS), np.array(list(VECTORS.values()), np.float32), 5)
        yield collection


def crowd(*acts: tuple[str, str, str]) -> Crowd:
    """Return the crowd of (user, type, item) acts that happened just now, one after the other."""
    activity = Activity()
    activity.apply(
        [Act(lsn, NOW, kind, user, None, None, item, None) for lsn, (user, kind, item) in enumerate(acts, 1)]
    )
    return Crowd(activity, WEIGHTS)


def asking(known: Crowd, user: str | None, prepared: Prepared | None = None) -> Prepared:
    """Return a search by a user of this crowd."""
    person = None if user is None else look_up(known, user, None, None, NOW)
    return replace(prepared or Prepared(), crowd=known, person=person)
