"""Measures recommendations against what persons met later: Recall@k and NDCG@k; and picks a recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy import sparse

from indexes.behavior.longterm import Recipe, learn
from indexes.behavior.sparse import blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from indexes.behavior.longterm import LongTerm
    from indexes.behavior.sparse import Table

HELD_OUT = 0.2  # of the training data, to choose a recipe by
SAMPLED = 3_000  # persons that a choice is measured on
ROUNDS: tuple[tuple[str, tuple[float, ...]], ...] = (  # weights: nothing need be learnt anew for them
    ("ridge", (0.0, 0.4, 1.0)),
    ("kin", (0.0, 0.4, 1.0)),
    ("waves", (0.0, 0.1, 0.2)),
)


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over persons who met something later: of recall, and of normalised discounted gain."""

    recall: float
    ndcg: float
    num_persons: int


def measure(model: LongTerm, known: Table, later: Table, k: int = 20) -> Quality:
    """Return the quality of the k best items for each person with something in `later` (n, m).

    recall = |best and later| / |later|; NDCG with gain 1 and discount 1 / log2(rank + 1), the ideal list
    having min(k, |later|) hits (Järvelin and Kekäläinen 2002). `known` (n, m) is what they met before.
    """
    persons = np.flatnonzero(np.diff(later.indptr))
    scores = (model.scores(known[persons[rows]]) for rows in blocks(len(persons)))
    return judge(scores, later[persons], k)


def judge(scores: Iterable[Table], wanted: Table, k: int = 20) -> Quality:
    """Return the quality of the k best of blocks of scores, whose rows together are those of `wanted`."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])
    recalls, gains, row = 0.0, 0.0, 0
    for block in scores:
        for items in best_items(block, k):
            truth = wanted.indices[wanted.indptr[row] : wanted.indptr[row + 1]]
            hits = np.isin(items, truth)
            recalls += float(hits.sum() / len(truth))
            gains += float((hits * discounts[: len(items)]).sum() / ideal[min(k, len(truth))])
            row += 1
    return Quality(recalls / max(row, 1), gains / max(row, 1), row)


def best_items(scores: Table, k: int) -> Sequence[np.ndarray]:
    """Return for each row the items of the k largest scores, the largest first, ties by number."""
    found = []
    for first, last in zip(scores.indptr[:-1].tolist(), scores.indptr[1:].tolist(), strict=True):
        items, values = scores.indices[first:last], scores.data[first:last]
        found.append(items[np.lexsort((items, -values))[:k]])
    return found


def choose(met: Table, seed: int, tell: Callable[[str], None], start: Recipe | None = None) -> Recipe:
    """Return the recipe with the best NDCG@20 on a part of `met` that is held out; nothing else is looked at.

    One setting after the other is varied, and kept where that is better.
    """
    rng = np.random.default_rng(seed)
    held = rng.random(met.nnz) < HELD_OUT
    known, later = _part(met, ~held), _part(met, held)
    asked = np.flatnonzero((np.diff(known.indptr) > 0) & (np.diff(later.indptr) > 0))
    if not len(asked):
        return start or Recipe()
    sample = np.sort(rng.choice(asked, min(SAMPLED, len(asked)), replace=False))
    best = start or Recipe()
    model = learn(known, best, seed)
    parts = [model.parts(known[sample[rows]]) for rows in blocks(len(sample))]

    def quality_of(recipe: Recipe) -> Quality:
        mixed = replace(model, recipe=recipe)
        return judge((mixed.mix(one) for one in parts), later[sample])

    quality = quality_of(best)
    tell(f"{best}: {quality.recall:.4f} {quality.ndcg:.4f}")
    for name, values in ROUNDS:
        for value in values:
            tried = replace(best, **cast("dict[str, Any]", {name: value}))
            found = quality_of(tried)
            tell(f"{name} {value:g}: {found.recall:.4f} {found.ndcg:.4f}")
            if found.ndcg > quality.ndcg:
                best, quality = tried, found
    return best


def _part(met: Table, chosen: np.ndarray) -> Table:
    rows = np.repeat(np.arange(met.shape[0]), np.diff(met.indptr))[chosen]
    part = sparse.csr_array((met.data[chosen], (rows, met.indices[chosen])), shape=met.shape)
    part.sort_indices()
    return part
