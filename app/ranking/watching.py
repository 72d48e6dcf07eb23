"""Compares rankers that watched with what was shown, on the same answers and what people did with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from app.domain.rankers import PackageId
from app.ranking.examples import Trail, acts_of, events_of, join, only
from models.rank.metrics import interval, ndcg, places_of, spearman

if TYPE_CHECKING:
    from app.domain.ports import Exposures, Log
    from app.ranking.examples import Examples

SEED = 0


def watched(exposures: Exposures, log: Log, name: str) -> list[dict[str, Any]]:
    """Return one comparison a version of this name that watched, oldest first.

    nDCG is over what was shown and done: it favours the order that was shown, which people looked
    through from the top. What a report proves is that a watching ranker is not broken; what it is worth
    is measured with a canary or an experiment.
    """
    seen = [one for one in exposures.scan() if any(_of(key, name) for key in one.shadows)]
    if not seen:
        return []
    examples = join(seen, acts_of(events_of(log), Trail(exposures.scan())))
    told = {_of(key, name) for one in seen for key in one.shadows}
    return [_compare(examples, str(key)) for key in sorted(key for key in told if key is not None)]


def _of(key: str, name: str) -> PackageId | None:
    told, _, version = key.rpartition("@")
    return PackageId(told, int(version)) if told == name else None


def _compare(every: Examples, key: str) -> dict[str, Any]:
    examples = only(every, lambda one: key in one.shadows)
    lists = examples.lists(lambda one: one.features)
    shown = examples.column(lambda one: one.scores)
    watching = examples.column(lambda one: one.shadows[key])
    ours, theirs = ndcg(lists, watching), ndcg(lists, shown)
    owners = lists.owners
    first = places_of(watching, owners) == 0
    return {
        "ranker": key,
        "answers": len(examples),
        "answers_with_actions": len(ours),
        "same_first_hit": float(np.mean(places_of(shown, owners)[first] == 0)) if len(examples) else 0.0,
        "rank_correlation": float(np.mean(correlations(examples, key))),
        "ndcg_shadow": interval(ours, SEED).to_body(),
        "ndcg_shown": interval(theirs, SEED).to_body(),
        "difference": interval(ours - theirs, SEED).to_body(),
    }


def correlations(examples: Examples, key: str) -> list[float]:
    """Return Spearman's rank correlation of the two orders of each answer."""
    return [spearman(one.shadows[key], one.scores) for one in examples.exposures]
