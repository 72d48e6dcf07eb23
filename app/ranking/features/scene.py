"""Holds what features are computed from: the question, the fused list, its items and who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.ranking.features.items import ItemTable
    from app.ranking.lists import Ordinals, Ranked

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as features see it. `stems` are its words as the term index has them.

    `at` is seconds since the epoch, UTC; `near` (latitude, longitude) in degrees; `coverage` how well
    the collection covers the question, from 0 to 1, where a flow knows it. `known` is what was looked
    up of the person when the question came, for the `PersonView` alone to read; `vector` is the query's,
    where it is at hand.
    """

    query: str = ""
    stems: frozenset[str] = frozenset()
    scripts: frozenset[str] = frozenset()
    corrected: bool = False
    like: bool = False
    at: float = 0.0
    user: str | None = None
    session: str | None = None
    device: str | None = None
    device_kind: str | None = None
    near: tuple[float, float] | None = None
    coverage: float | None = None
    known: object | None = None
    vector: npt.NDArray[np.float32] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PersonColumns:
    """What is known of one person and each candidate, (n,) each; None where nothing knows it.

    `affinity` is how well the item fits what the person liked, `clicks` and `shown` how often they
    clicked and saw it, `recency_s` the seconds since they last touched it, `trend` how hot it is now.
    """

    affinity: Floats | None = None
    clicks: Floats | None = None
    shown: Floats | None = None
    recency_s: Floats | None = None
    trend: Floats | None = None


NOBODY = PersonColumns()


class PersonView(Protocol):
    """Tells what is known of a person and of what is hot; read from any thread."""

    def columns(self, asked: Asked, ordinals: Ordinals) -> PersonColumns:
        """Return the columns of these candidates for whoever asks, as of the moment of asking.

        Features of an answer may be computed after it was sent: what the person did since must not show.
        """
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """One question with its n candidates, in the order of the fused list.

    `own` are the columns already computed, by feature name: what an expression may use.
    """

    asked: Asked
    ranked: Ranked
    items: ItemTable
    person: PersonColumns = NOBODY
    own: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def num_rows(self) -> int:
        """How many candidates there are."""
        return len(self.ranked)

    def branch_row(self, name: str) -> int | None:
        """Return the row of a branch in the fused list's arrays, None when it gave nothing."""
        names = self.ranked.names
        return names.index(name) if name in names else None
