"""Measures recommendations against what persons met later: Recall@k and NDCG@k; and picks a recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy import sparse

from indexes.behavior.longterm import Recipe, learn
from indexes.behavior.sparse import blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from indexes.behavior.longterm import LongTerm
    from indexes.behavior.sparse import Table

HELD_OUT = 0.2  # of the training data, to choose a recipe by
SAMPLED = 3_000  # persons that a choice is measured on
ROUNDS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("alpha", (0.5,)),
    ("ridge", (0.0, 1.0)),
    ("kin", (0.0, 0.4, 1.0)),
    ("waves", (0.0, 0.2)),
)
LEARNT = frozenset({"alpha"})  # a change of these needs learning anew


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
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])
    recalls, gains = 0.0, 0.0
    for rows in blocks(len(persons)):
        asked, wanted = known[persons[rows]], later[persons[rows]]
        for row, items in enumerate(best_items(model.scores(asked), k)):
            truth = wanted.indices[wanted.indptr[row] : wanted.indptr[row + 1]]
            hits = np.isin(items, truth)
            recalls += hits.sum() / len(truth)
            gains += float((hits * discounts[: len(items)]).sum() / ideal[min(k, len(truth))])
    num = max(len(persons), 1)
    return Quality(recalls / num, gains / num, len(persons))


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
    quality = measure(model, known[sample], later[sample])
    tell(f"{best}: {quality.recall:.4f} {quality.ndcg:.4f}")
    for name, values in ROUNDS:
        for value in values:
            tried = replace(best, **cast("dict[str, Any]", {name: value}))
            other = learn(known, tried, seed) if name in LEARNT else replace(model, recipe=tried)
            if name == "waves" and value == 0.0:
                other = replace(other, low_pass=None)
            found = measure(other, known[sample], later[sample])
            tell(f"{name} {value:g}: {found.recall:.4f} {found.ndcg:.4f}")
            if found.ndcg > quality.ndcg:
                best, model, quality = tried, other, found
    return best


def _part(met: Table, chosen: np.ndarray) -> Table:
    rows = np.repeat(np.arange(met.shape[0]), np.diff(met.indptr))[chosen]
    part = sparse.csr_array((met.data[chosen], (rows, met.indices[chosen])), shape=met.shape)
    part.sort_indices()
    return part
