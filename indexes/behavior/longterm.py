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
from indexes.behavior.walks import company, rp3beta

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
class Parts:
    """Scores (q, m) for the asked rows by links, by regressions and by people alike; largest 1 in a row."""

    asked: Table
    linked: Table
    foretold: Table | None
    kin: Table | None


@dataclass(frozen=True, slots=True)
class LongTerm:
    """All history at one moment, (n persons, m items); nothing in it ever changes.

    What was asked with must not come back: links (m, m) from an item to itself are far below 0, and so are
    the last m rows of `theirs` (n + m, m): what persons met, damped by popularity, and then an item each.
    `company` (m, n) leads from items to the persons that are alike.
    """

    links: Table
    regression: Table | None
    company: Table
    theirs: Table
    popularity: Floats  # (m,), how many persons met the item
    low_pass: LowPass | None
    recipe: Recipe

    def scores(self, asked: Table, fresh: Table | None = None, allowed: Floats | None = None) -> Table:
        """Return scores (q, m) above 0 for rows of weighted items, at most `num_candidates` a row.

        What was asked with is not among them, nor what is 0 in `allowed` (m,). A negative weight speaks
        against what its item is linked to. `fresh` (q, m) is what links made since add to the walk.
        """
        return self.mix(self.parts(asked, fresh, allowed))

    def parts(self, asked: Table, fresh: Table | None = None, allowed: Floats | None = None) -> Parts:
        """Return what is recommended by each way of looking at it, before they are mixed."""
        linked = self._of(asked, self.links)
        return Parts(
            asked,
            self._likely(linked if fresh is None else (linked + fresh).tocsr(), allowed),
            None if self.regression is None else self._likely(self._of(asked, self.regression), allowed),
            self._likely(self._of_people_alike(asked), allowed) if self.recipe.kin else None,
        )

    def mix(self, parts: Parts) -> Table:
        """Return the scores that the weights of the recipe make of the parts."""
        total = parts.linked
        if parts.foretold is not None and self.recipe.ridge:
            total = (total + self.recipe.ridge * parts.foretold).tocsr()
        if parts.kin is not None and self.recipe.kin:
            total = (total + self.recipe.kin * parts.kin).tocsr()
        best = best_of_rows(total, self.recipe.num_candidates)
        if self.low_pass is None or not self.recipe.waves:
            return best
        return self._smoothed(best, parts.asked, self.low_pass)

    def _of(self, asked: Table, links: Table) -> Table:
        linked = (asked @ links).tocsr()
        if asked.nnz and asked.data.min() < 0:  # the far diagonal of the links turned these around
            linked = (linked - 2 * FAR * abs(asked)).tocsr()
        return linked

    def _likely(self, scores: Table, allowed: Floats | None) -> Table:
        """Return the best of a part, the largest being 1, and some more than are wanted of the whole."""
        may = scores if allowed is None else scale(scores, columns=allowed)
        return unit_rows(best_of_rows(may, 2 * self.recipe.num_candidates))

    def _of_people_alike(self, asked: Table) -> Table:
        alike = best_of_rows((asked.maximum(0) @ self.company).tocsr(), self.recipe.num_people)
        return (sparse.hstack([alike, abs(asked)], format="csr") @ self.theirs).tocsr()

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
    popularity = np.asarray(met.sum(axis=0), np.float32).ravel()
    fair = scale(met, columns=power(popularity, -recipe.fairness))
    filter_ = low_pass(met, recipe.rank, seed) if recipe.waves and min(met.shape) > 1 else None
    return LongTerm(
        links=(links + far).tocsr(),
        regression=None if regression is None else (regression + far).tocsr(),
        company=company(met, recipe.rarity),
        theirs=sparse.vstack([fair, far], format="csr", dtype=np.float32),
        popularity=popularity,
        low_pass=filter_,
        recipe=recipe,
    )
