"""Holds what was learnt of all activity at one moment, and recommends items to a person from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from indexes.behavior.longterm import LongTerm, Recipe, learn
from indexes.behavior.realtime import FreshLink, fresh_links

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from indexes.behavior.activity import Activity
    from indexes.behavior.sparse import Floats, Table

SERVED = Recipe(num_people=100, rank=64)


@dataclass(frozen=True, slots=True)
class Recommended:
    """Items by name with their scores (n,), best first, and for each the item it is linked to most."""

    items: Sequence[str]
    scores: np.ndarray
    because: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The long-term model over named items; `num_events` is the number of the last event it has seen.

    It never changes. With no model it knows nothing yet, and only fresh links speak.
    """

    items: Sequence[str] = ()
    model: LongTerm | None = None
    num_events: int = 0
    recipe: Recipe = SERVED
    numbers: Mapping[str, int] = field(default_factory=dict)
    degrees: Mapping[str, float] = field(default_factory=dict)

    def recommend(
        self,
        activity: Activity,
        asked: Mapping[str, float],
        weights: Mapping[str, float],
        allowed: Floats | None = None,
    ) -> Recommended:
        """Return what goes with the asked items, by all history and by what happened since it was learnt.

        Of the learnt items only those that are 1 in `allowed` (m,) are recommended.
        """
        exponents = (self.recipe.alpha, self.recipe.beta)
        fresh = fresh_links(activity, asked, self.num_events, weights, self.degrees, exponents)
        names, scores, because = self._learnt(asked, fresh, allowed)
        most = max((link.score for link in fresh.values()), default=1.0)
        for name, link in fresh.items():
            if name not in self.numbers:  # the last learning did not know it
                names.append(name)
                scores.append(link.score / most)
                because.append(link.seed)
        order = sorted(range(len(names)), key=lambda place: (-scores[place], names[place]))
        return Recommended(
            [names[place] for place in order],
            np.array([scores[place] for place in order], np.float32),
            [because[place] for place in order],
        )

    def _learnt(
        self, asked: Mapping[str, float], fresh: Mapping[str, FreshLink], allowed: Floats | None
    ) -> tuple[list[str], list[float], list[str | None]]:
        row, extra = self._row(asked), self._row({name: link.score for name, link in fresh.items()})
        if self.model is None or row.nnz + extra.nnz == 0:
            return [], [], []
        best = self.model.scores(row, extra, allowed)
        seeds = self.model.strongest(row, best.indices).tolist()
        names = [self.items[number] for number in best.indices.tolist()]
        because = [
            self.items[seed] if seed >= 0 else (fresh[name].seed if name in fresh else None)
            for name, seed in zip(names, seeds, strict=True)
        ]
        return names, best.data.tolist(), because

    def _row(self, weights: Mapping[str, float]) -> Table:
        known = sorted((self.numbers[name], value) for name, value in weights.items() if name in self.numbers)
        data = np.array([value for _, value in known], np.float32)
        indices = np.array([number for number, _ in known], np.int32)
        return sparse.csr_array((data, indices, np.array([0, len(known)])), shape=(1, len(self.items)))


def learn_from(activity: Activity, weights: Mapping[str, float], recipe: Recipe = SERVED) -> Knowledge:
    """Return what all activity up to now teaches; takes seconds where there are millions of acts."""
    record = activity.record()
    met = record.matrix(weights)
    if met.nnz == 0:
        return Knowledge(num_events=record.num_events, recipe=recipe)
    used = np.flatnonzero(np.asarray(met.sum(axis=0)).ravel())
    items = [record.items[number] for number in used.tolist()]
    model = learn(met[:, used].tocsr(), recipe)
    return Knowledge(
        items=items,
        model=model,
        num_events=record.num_events,
        recipe=recipe,
        numbers={name: number for number, name in enumerate(items)},
        degrees=dict(zip(items, model.popularity.tolist(), strict=True)),
    )
