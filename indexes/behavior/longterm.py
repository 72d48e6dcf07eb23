"""Scores items for persons by all that people ever met: links, regressions, people alike, slow waves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from indexes.behavior.ridge import ridge
from indexes.behavior.sparse import best_of_rows, power, scale, unit_rows
from indexes.behavior.spectral import LowPass, low_pass
from indexes.behavior.walks import neighbours, rp3beta

if TYPE_CHECKING:
    from indexes.behavior.sparse import Floats, Table

FAR = 1e9  # more than any score
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Recipe:
    """How scores are made: weights of regressions, of people alike and of the low-pass filter.

    The links between items have weight 1; each part is divided by its largest score for the person.
    `fairness` damps what many met among the items of people alike.
    """

    alpha: float = 0.4
    beta: float = 0.2
    num_links: int = 200
    ridge: float = 0.7
    num_near: int = 40
    damping: float = 10.0
    kin: float = 0.7
    num_people: int = 300
    rarity: float = 0.5
    fairness: float = 0.3
    waves: float = 0.05
    rank: int = 128
    num_candidates: int = 200


@dataclass(frozen=True, slots=True)
class LongTerm:
    """All history at one moment, (n persons, m items); nothing in it ever changes.

    What was asked with must not come back: links (m, m) from an item to itself are far below 0, and so are
    the last m rows of `met_or_far` (n + m, m), an item each.
    """

    met: Table
    met_or_far: Table
    links: Table
    regression: Table | None
    popularity: Floats  # (m,), how many persons met the item
    low_pass: LowPass | None
    recipe: Recipe

    def scores(self, asked: Table, fresh: Table | None = None, allowed: Floats | None = None) -> Table:
        """Return scores (q, m) above 0 for rows of weighted items, at most `num_candidates` a row.

        What was asked with is not among them, nor what is 0 in `allowed` (m,). A negative weight speaks
        against what its item is linked to. `fresh` (q, m) is what links made since add to the walk.
        """
        linked = self._of(asked, self.links)
        total = unit_rows(self._likely(linked if fresh is None else (linked + fresh).tocsr(), allowed))
        if self.regression is not None and self.recipe.ridge:
            foretold = unit_rows(self._likely(self._of(asked, self.regression), allowed))
            total = (total + self.recipe.ridge * foretold).tocsr()
        if self.recipe.kin:
            kin = unit_rows(self._likely(self._of_people_alike(asked), allowed))
            total = (total + self.recipe.kin * kin).tocsr()
        best = best_of_rows(total, self.recipe.num_candidates)
        return best if self.low_pass is None else self._smoothed(best, asked, self.low_pass)

    def _of(self, asked: Table, links: Table) -> Table:
        linked = (asked @ links).tocsr()
        if asked.nnz and asked.data.min() < 0:  # the far diagonal of the links turned these around
            linked = (linked - 2 * FAR * abs(asked)).tocsr()
        return linked

    def _likely(self, scores: Table, allowed: Floats | None) -> Table:
        """Return the best of each part, some more than candidates are wanted: adding long lists is slow."""
        may = scores if allowed is None else scale(scores, columns=allowed)
        return best_of_rows(may, 2 * self.recipe.num_candidates)

    def _of_people_alike(self, asked: Table) -> Table:
        alike = neighbours(asked.maximum(0).tocsr(), self.met, self.recipe.num_people, self.recipe.rarity)
        theirs = sparse.hstack([alike, abs(asked)], format="csr") @ self.met_or_far
        return scale(theirs.tocsr(), columns=power(self.popularity, -self.recipe.fairness))

    def _smoothed(self, best: Table, asked: Table, filter_: LowPass) -> Table:
        data = best.data.copy()
        waves = filter_.waves(asked)
        for row, (first, last) in enumerate(pairwise(best.indptr.tolist())):
            smooth = filter_.out[best.indices[first:last]] @ waves[row]
            data[first:last] += self.recipe.waves * smooth / max(float(np.abs(smooth).max(initial=0)), TINY)
        return sparse.csr_array((data, best.indices, best.indptr), shape=best.shape)

    def strongest(self, asked: Table, items: np.ndarray) -> np.ndarray:
        """Return for each of these items (k,) the one of asked (1, m) it is linked to most, -1 for none."""
        seeds = asked.indices[asked.data > 0]
        if not len(seeds):
            return np.full(len(items), -1, np.int32)
        parts = self.links[seeds][:, items].toarray() * asked.data[asked.data > 0][:, None]
        strongest = parts.argmax(axis=0)
        return np.where(parts[strongest, np.arange(len(items))] > 0, seeds[strongest], -1).astype(np.int32)


def learn(met: Table, recipe: Recipe, seed: int = 0) -> LongTerm:
    """Return what can be learnt of who met what; met (n, m) is 1 where a person met an item."""
    far = -FAR * sparse.eye_array(met.shape[1], dtype=np.float32, format="csr")
    links = rp3beta(met, recipe.alpha, recipe.beta, recipe.num_links)
    regression = ridge(met, links, recipe.num_near, recipe.damping) if recipe.ridge and met.nnz else None
    met_or_far = sparse.vstack([met, far], format="csr", dtype=np.float32)
    popularity = np.asarray(met.sum(axis=0), np.float32).ravel()
    filter_ = low_pass(met, recipe.rank, seed) if recipe.waves and min(met.shape) > 1 else None
    return LongTerm(
        met=met,
        met_or_far=met_or_far,
        links=(links + far).tocsr(),
        regression=None if regression is None else (regression + far).tocsr(),
        popularity=popularity,
        low_pass=filter_,
        recipe=recipe,
    )
