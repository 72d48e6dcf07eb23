"""Makes scenes to compute features of: a few items, a fused list of them, and somebody who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from app.ranking.features.items import ItemFacts
from app.ranking.features.scene import NOBODY, Asked, PersonColumns, Scene
from app.ranking.fusion import convex, fuse
from app.ranking.lists import BranchList
from indexes.types import Matches, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.ranking.features.items import Reading
    from app.ranking.lists import Ranked

NOW = 1_790_000_000.0
DAY_S = 86_400.0


@dataclass
class Shelf:
    """Holds records by ordinal."""

    held: list[Record | None] = field(default_factory=list)
    asked: int = 0

    def records(self, ordinals: Iterable[int]) -> Sequence[Record | None]:
        self.asked += 1
        return [self.held[ordinal] for ordinal in ordinals]


def some_items() -> Shelf:
    """Return three items: a rich one, a plain one, one far away."""
    rich = Record(
        "rich",
        title="red horse",
        text="a horse that runs",
        tags=("animal", "red"),
        attributes={"price": 4.0, "family": "Zoo", "styles": ("line", "bold")},
        location=(48.2, 16.37),
        popularity=7.0,
        created_at=NOW - 3 * DAY_S,
        has_picture=True,
    )
    far = Record("far", title="blue horse tower", location=(-33.86, 151.21), origin="generated")
    return Shelf([rich, Record("plain", title="dog"), far])


def listed(scores: dict[str, dict[int, float]], exact: Sequence[int] = ()) -> Ranked:
    """Return the convex fusion of branches given as {name: {ordinal: score}}."""
    lists = []
    for name, hits in scores.items():
        ordered = sorted(hits.items(), key=lambda pair: (-pair[1], pair[0]))
        ordinals = np.array([ordinal for ordinal, _ in ordered], np.int32)
        found = np.array([score for _, score in ordered], np.float32)
        lists.append(BranchList(name, 1.0, Matches(ordinals, found), 0.0))
    return fuse(lists, convex, np.array(exact, np.int32), lambda some: [str(one) for one in some])


def scene(
    asked: Asked | None = None,
    ranked: Ranked | None = None,
    person: PersonColumns = NOBODY,
    readings: Sequence[tuple[str, Reading]] = (),
) -> Scene:
    """Return a scene over `some_items`, all three found by their words unless told otherwise."""
    told = listed({"term": {0: 3.0, 1: 2.0, 2: 1.0}}) if ranked is None else ranked
    question = Asked("red horse", frozenset({"red", "horse"}), frozenset({"LATIN"}), at=NOW)
    facts = ItemFacts(some_items(), str.split, readings)
    return Scene(question if asked is None else asked, told, facts.table(told.ordinals), person)
