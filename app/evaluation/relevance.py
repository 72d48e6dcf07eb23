"""Scores a ranked list against judgements: nDCG, average precision, recall, reciprocal rank."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Grades = Mapping[str, int]


def ndcg(ranked: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """Return the discounted gain of the first `depth` over that of the best order, 0 to 1.

    Gain is the grade, discount 1 / log2(rank + 1): Järvelin and Kekäläinen 2002, as trec_eval counts it.
    0 when nothing is relevant.
    """
    gains = [max(grades.get(item, 0), 0) for item in ranked[:depth]]
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:depth]
    ideal = _discounted(best)
    return _discounted(gains) / ideal if ideal else 0.0


def _discounted(gains: Iterable[int]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, 1))


def average_precision(ranked: Sequence[str], grades: Grades) -> float:
    """Return the mean, over everything relevant, of the precision where it was found (0 where it was not)."""
    relevant = {item for item, grade in grades.items() if grade > 0}
    found, total = 0, 0.0
    for rank, item in enumerate(ranked, 1):
        if item in relevant:
            found += 1
            total += found / rank
    return total / len(relevant) if relevant else 0.0


def recall(ranked: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """Return the share of everything relevant that is among the first `depth`."""
    relevant = {item for item, grade in grades.items() if grade > 0}
    return len(relevant & set(ranked[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], grades: Grades) -> float:
    """Return one over the rank of the first relevant item, 0 when there is none."""
    return next((1 / rank for rank, item in enumerate(ranked, 1) if grades.get(item, 0) > 0), 0.0)


@dataclass(frozen=True, slots=True)
class Scores:
    """What one ranked list scored."""

    ndcg_at_10: float
    average_precision: float
    recall_at_10: float
    recall_at_100: float
    reciprocal_rank: float

    @classmethod
    def of(cls, ranked: Sequence[str], grades: Grades) -> Scores:
        """Score a list; an item that it names twice counts at its first place."""
        once = list(dict.fromkeys(ranked))
        return cls(
            ndcg(once, grades),
            average_precision(once, grades),
            recall(once, grades, 10),
            recall(once, grades, 100),
            reciprocal_rank(once, grades),
        )


def score(runs: Mapping[str, Sequence[str]], judged: Mapping[str, Grades]) -> dict[str, Scores]:
    """Return the scores of every query of `runs` that has something relevant, by query.

    Raises ValueError when there is none.
    """
    asked = [query for query in runs if any(grade > 0 for grade in judged.get(query, {}).values())]
    if not asked:
        message = "no query of this run was judged"
        raise ValueError(message)
    return {query: Scores.of(runs[query], judged[query]) for query in asked}


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over all judged queries."""

    ndcg_at_10: float
    map: float
    recall_at_10: float
    recall_at_100: float
    mrr: float
    num_queries: int

    @classmethod
    def of(cls, runs: Mapping[str, Sequence[str]], judged: Mapping[str, Grades]) -> Quality:
        """Return the means over the queries of `runs` that have something relevant. Raises as `score`."""
        return cls.mean(list(score(runs, judged).values()))

    @classmethod
    def mean(cls, scores: Sequence[Scores]) -> Quality:
        """Return the means of at least one query's scores."""
        return cls(
            fmean(one.ndcg_at_10 for one in scores),
            fmean(one.average_precision for one in scores),
            fmean(one.recall_at_10 for one in scores),
            fmean(one.recall_at_100 for one in scores),
            fmean(one.reciprocal_rank for one in scores),
            len(scores),
        )
