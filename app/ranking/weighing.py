"""Fits the weights and scales of fusion from judged lists or from what people did, as a package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from app.domain.errors import InvalidInput
from app.domain.rankers import FUSION, Package, PackageId
from app.ranking.learned import WEIGHTS_FILE, Scale, Weights, scaled
from models.rank.fusing import Fitted, Voices, fit_weights, platt
from models.rank.lists import Lists

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.ranking.examples import Examples
    from app.ranking.lists import Grid
    from app.ranking.predict import Scores

LEAST_LISTS = 20
KIND = "fusion-weights"


def fuse_by_judgments(
    name: str, grids: Sequence[Grid], grades: Sequence[Scores], facts: dict[str, Any], seed: int
) -> Package:
    """Return weights fitted to judged lists, on whichever scale of scores reaches more.

    Raises InvalidInput when fewer than 20 lists hold anything of a grade.
    """
    lists = _lists([len(one.ordinals) for one in grids], grades)
    names = tuple(sorted({branch for one in grids for branch in one.names}))
    scores, present = _columns(names, grids)
    by_query = np.concatenate([_query_shares(names, one) for one in grids], axis=1) if grids else scores
    _check(lists)
    scales = calibrated(names, scores, present, lists)
    told = [
        _fit(names, {branch: Scale("query") for branch in names}, by_query, lists, seed),
        _fit(names, scales, _shares(names, scales, scores, present), lists, seed),
    ]
    return _package(name, *max(told, key=lambda one: one[1].fused), facts, seed)


def fuse_by_events(
    name: str, examples: Examples, weights: Scores, facts: dict[str, Any], seed: int
) -> Package:
    """Return weights fitted to what people did, on whichever scale of scores reaches more.

    `weights` (n,) are inverse propensities of the rows. Answers that were written down without the ends of
    their scales are left out as soon as 20 others hold something of a grade; until then all are taken, and
    calibrated scores alone are tried. Raises InvalidInput when fewer than 20 hold anything of a grade.
    """
    whole = examples.lists(lambda one: one.features).with_weights(weights)
    told = np.array([len(one.ends) == len(one.branches) for one in examples.exposures], np.bool_)
    tells_ends = _graded(whole.take(np.flatnonzero(told))) >= LEAST_LISTS
    chosen = np.flatnonzero(told) if tells_ends else np.arange(len(whole))
    lists, exposures = whole.take(chosen), [examples.exposures[place] for place in chosen]
    _check(lists)
    names = tuple(sorted({branch for one in exposures for branch in one.branches}))
    shape = (len(names), len(lists.grades))
    scores, by_query, present = np.zeros(shape), np.zeros(shape), np.zeros(shape, np.bool_)
    for place, one in enumerate(exposures):
        rows = slice(int(lists.starts[place]), int(lists.starts[place + 1]))
        for row, branch in enumerate(one.branches):
            cells = (names.index(branch), rows)
            scores[cells], present[cells] = one.branch_scores[row], one.ranks[row] > 0
            if tells_ends:
                own = one.branch_scores[row].astype(np.float64)
                by_query[cells] = scaled(Scale("query"), own, *map(float, one.ends[row])) * present[cells]
    scales = calibrated(names, scores, present, lists)
    fitted = [_fit(names, scales, _shares(names, scales, scores, present), lists, seed)]
    if tells_ends:
        fitted.append(_fit(names, {branch: Scale("query") for branch in names}, by_query, lists, seed))
    facts = {**facts, "answers": len(lists)}
    return _package(name, *max(fitted, key=lambda one: one[1].fused), facts, seed)


def calibrated(
    names: Sequence[str], scores: Scores, present: np.ndarray[Any, Any], lists: Lists
) -> dict[str, Scale]:
    """Return by branch the logistic curve from its score to the chance of being wanted."""
    wanted = np.where(lists.grades > 0, lists.weights, 0.0)
    scales = {}
    for row, branch in enumerate(names):
        there = present[row]
        scales[branch] = Scale("logistic", *platt(scores[row, there], wanted[there]))
    return scales


def _fit(
    names: tuple[str, ...], scales: Mapping[str, Scale], shares: Scores, lists: Lists, seed: int
) -> tuple[Weights, Fitted]:
    fitted = fit_weights(Voices(names, shares, lists), seed)
    weights = dict(zip(names, fitted.weights.tolist(), strict=True))
    return Weights(weights, dict(scales), other=float(np.median(fitted.weights))), fitted


def _package(name: str, weights: Weights, fitted: Fitted, facts: dict[str, Any], seed: int) -> Package:
    told = {
        "ndcg10_fused_held_out": fitted.fused,
        "ndcg10_equal_weights": fitted.equal,
        "ndcg10_branches": fitted.branches,
        "weights": dict(weights.weights),
        "scales": {branch: scale.kind for branch, scale in weights.scales.items()},
    }
    return Package(
        id=PackageId(name, 0),
        role=FUSION,
        kind=KIND,
        feature_version="",
        features=(),
        facts={**facts, "seed": seed, "metrics": told},
        files={WEIGHTS_FILE: weights.to_bytes()},
    )


def _lists(sizes: Sequence[int], grades: Sequence[Scores]) -> Lists:
    total = int(sum(sizes))
    return Lists(
        matrix=np.empty((total, 0), np.float32),
        grades=np.concatenate(grades) if total else np.empty(0),
        weights=np.ones(total),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
        moments=np.zeros(len(sizes)),
        fused=np.zeros(total),
    )


def _columns(names: Sequence[str], grids: Sequence[Grid]) -> tuple[Scores, np.ndarray[Any, Any]]:
    """Return every branch's scores and whether it found the row, (b, n) each, all grids side by side."""
    total = sum(len(one.ordinals) for one in grids)
    scores, present = np.zeros((len(names), total)), np.zeros((len(names), total), np.bool_)
    start = 0
    for one in grids:
        end = start + len(one.ordinals)
        for row, branch in enumerate(one.names):
            scores[names.index(branch), start:end] = one.scores[row]
            present[names.index(branch), start:end] = one.ranks[row] > 0
        start = end
    return scores, present


def _query_shares(names: Sequence[str], grid: Grid) -> Scores:
    shares = np.zeros((len(names), len(grid.ordinals)))
    for row, branch in enumerate(grid.names):
        scores = grid.scores[row].astype(np.float64)
        own = scaled(Scale("query"), scores, float(grid.floors[row]), float(grid.ceilings[row]))
        shares[names.index(branch)] = np.where(grid.ranks[row] > 0, own, 0.0)
    return shares


def _shares(
    names: Sequence[str], scales: Mapping[str, Scale], scores: Scores, present: np.ndarray[Any, Any]
) -> Scores:
    own = [scaled(scales[branch], scores[row], 0.0, 1.0) for row, branch in enumerate(names)]
    return np.where(present, np.stack(own), 0.0)


def _graded(lists: Lists) -> int:
    """Return how many lists hold anything of a grade."""
    return int(np.count_nonzero(np.bincount(lists.owners, lists.grades, len(lists)) > 0))


def _check(lists: Lists) -> None:
    graded = _graded(lists)
    if graded < LEAST_LISTS:
        raise InvalidInput("from", f"{graded} lists hold something of a grade; {LEAST_LISTS} are needed")
