"""Fuses branch lists into one ranked list whose contributions sum to the score, ties by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from app.ranking.lists import BranchList, Grid, Ranked
from models.exported import exported, registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt

    from app.ranking.lists import BranchScores, Complete, Flags, Ordinals, Scores

    Fusion: TypeAlias = Callable[[Grid], Scores]
    Ids: TypeAlias = Callable[[Iterable[int]], Sequence[str]]

EXACT_TITLE = 1.0
RRF_K = 60


@exported("fusions", "rrf")
def rrf(grid: Grid) -> Scores:
    """Reciprocal rank fusion: only ranks count, so scales need no agreement.

    Contribution (b, n) = weight * (k + 1) / (k + rank), k = 60, absent 0: the published 1 / (k + rank)
    (Cormack, Clarke and Buettcher 2009) times a constant that puts a first place everywhere at 1.
    """
    shares: Scores = grid.weights[:, None] * (RRF_K + 1) / (RRF_K + grid.ranks)
    shares[grid.ranks == 0] = 0.0
    return shares


@exported("fusions", "convex")
def convex(grid: Grid) -> Scores:
    """Weighted sum of scores, each branch's scale mapped to 0 at its floor and 1 at its ceiling.

    Contribution (b, n) = weight * (score - floor) / (ceiling - floor), unknown 0: the convex combination
    of Bruch, Gai and Ingber 2023. A branch whose scores are all one and the same gives 1.
    """
    floors = grid.floors[:, None]
    span = grid.ceilings[:, None] - floors
    flat = span <= 0
    if flat.any():
        heights = np.where(flat, grid.scores >= floors, (grid.scores - floors) / np.where(flat, 1.0, span))
    else:
        heights = (grid.scores - floors) / span
    np.maximum(heights, 0.0, out=heights)
    np.minimum(heights, 1.0, out=heights)
    heights *= grid.weights[:, None]
    heights[~grid.known] = 0.0
    return heights


def find_fusion(name: str) -> Fusion | None:
    """Return the fusion exported under this name, None when there is none."""
    entry = registry("fusions").get(name)
    return None if entry is None else cast("Fusion", entry.value)


def fuse(lists: Sequence[BranchList], fusion: Fusion, exact: Ordinals, ids: Ids) -> Ranked:
    """Return one list, best first: exact titles, then by score, ties by id in string order.

    A list of weight 0 is as good as absent. The order of `lists` changes nothing, not a bit.
    `exact` (m,) are ordinals whose title is the query; they join even when no branch recalled them.
    """
    grid = lay_out(lists, exact)
    contributions = fusion(grid)
    scores = contributions.sum(axis=0)
    is_exact = np.zeros(len(scores), np.bool_)
    if len(exact):
        is_exact[np.searchsorted(grid.ordinals, exact)] = True
        scores += EXACT_TITLE * is_exact
    order = _order(scores, is_exact, grid.ordinals, ids)
    return Ranked(
        names=grid.names,
        ordinals=grid.ordinals,
        ranks=grid.ranks,
        branch_scores=grid.scores,
        contributions=contributions,
        exact=is_exact,
        scores=scores,
        ends=np.stack([grid.floors, grid.ceilings], axis=1),
    ).take(order)


def lay_out(lists: Sequence[BranchList], extra: Ordinals) -> Grid:
    """Return the grid of these lists; `extra` ordinals get a column even when no list has them.

    The ordinals ascend, but for those of one list alone, which stay in its order. Branches that can
    score what they did not recall are asked to.
    """
    heard = sorted((one for one in lists if one.weight > 0), key=lambda one: one.name)
    if len(heard) == 1 and not len(extra):
        return _alone(heard[0])
    parts = [one.matches.ordinals for one in heard]
    ordinals, places = _union([*parts, extra.astype(np.int32, copy=False)])
    ranks = np.zeros((len(heard), len(ordinals)), np.int32)
    scores = np.zeros((len(heard), len(ordinals)), np.float32)
    start = 0
    for row, one in enumerate(heard):
        columns = places[start : start + len(one.matches.ordinals)]
        ranks[row, columns] = np.arange(1, len(columns) + 1)
        scores[row, columns] = one.matches.scores
        start += len(columns)
    known = ranks > 0
    for row, one in enumerate(heard):
        if one.complete is not None:
            _complete(one.complete, ordinals, scores[row], known[row])
    return Grid(
        names=tuple([one.name for one in heard]),
        weights=_shares(heard),
        floors=np.array([_bound(one, one.floor, -1) for one in heard], np.float64),
        ceilings=np.array([_bound(one, one.ceiling, 0) for one in heard], np.float64),
        ordinals=ordinals,
        ranks=ranks,
        scores=scores,
        known=known,
    )


def _union(parts: Sequence[Ordinals]) -> tuple[Ordinals, npt.NDArray[np.intp]]:
    """Return the distinct ordinals ascending, and the place among them of each of the joined parts."""
    joined = np.concatenate(parts)
    order = joined.argsort(kind="stable")
    ordered = joined[order]
    is_new = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    places = np.empty(len(ordered), np.intp)
    places[order] = is_new.cumsum() - 1
    return ordered[is_new], places


def _complete(complete: Complete, ordinals: Ordinals, scores: BranchScores, known: Flags) -> None:
    """Fill one branch's row of scores, (n,), in place where they were not known and it has one."""
    (missing,) = np.nonzero(~known)
    if len(missing):
        told = complete(ordinals[missing])
        has_one = ~np.isnan(told)
        columns = missing[has_one]
        scores[columns] = told[has_one]
        known[columns] = True


def _alone(one: BranchList) -> Grid:
    """Return the grid of one list as it stands: nothing needs to be matched up."""
    return Grid(
        names=(one.name,),
        weights=np.ones(1),
        floors=np.array([_bound(one, one.floor, -1)]),
        ceilings=np.array([_bound(one, one.ceiling, 0)]),
        ordinals=one.matches.ordinals,
        ranks=np.arange(1, len(one.matches.ordinals) + 1, dtype=np.int32)[None, :],
        scores=one.matches.scores[None, :],
        known=np.ones((1, len(one.matches.ordinals)), np.bool_),
    )


def _shares(heard: Sequence[BranchList]) -> Scores:
    weights = np.array([one.weight for one in heard], np.float64)
    return weights / weights.sum() if len(weights) else weights


def _bound(one: BranchList, fixed: float | None, place: int) -> float:
    """Return the end of the branch's scale, or the score at that place of its list (best first)."""
    if fixed is not None:
        return fixed
    return float(one.matches.scores[place]) if len(one.matches.scores) else 0.0


def _order(scores: Scores, is_exact: Flags, ordinals: Ordinals, ids: Ids) -> npt.NDArray[np.intp]:
    """Sort by (exact, score, id); ids are only asked for where scores tie."""
    order = np.lexsort((-scores, ~is_exact)) if is_exact.any() else (-scores).argsort(kind="stable")
    ranked = scores[order]
    same = ranked[1:] == ranked[:-1]
    if not same.any():
        return order
    tied = order[np.append(same, [False]) | np.append([False], same)]
    names = ids(ordinals[tied].tolist())
    by_id = np.zeros(len(ordinals), np.intp)
    by_id[tied[sorted(range(len(tied)), key=names.__getitem__)]] = np.arange(len(tied))
    return np.lexsort((by_id, -scores, ~is_exact))
