"""Scores a ranked list against judgements: nDCG, average precision, recall."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
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


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over all judged queries."""

    ndcg_at_10: float
    map: float
    recall_at_10: float
    num_queries: int

    @classmethod
    def of(cls, runs: Mapping[str, Sequence[str]], judged: Mapping[str, Grades]) -> Quality:
        """Return the means over the queries of `runs` that have something relevant.

        Raises ValueError when there is none. A list that names an item twice counts its first place.
        """
        asked = [query for query in runs if any(grade > 0 for grade in judged.get(query, {}).values())]
        if not asked:
            message = "no query of this run was judged"
            raise ValueError(message)
        lists = {query: list(dict.fromkeys(runs[query])) for query in asked}
        return cls(
            sum(ndcg(lists[query], judged[query]) for query in asked) / len(asked),
            sum(average_precision(lists[query], judged[query]) for query in asked) / len(asked),
            sum(recall(lists[query], judged[query]) for query in asked) / len(asked),
            len(asked),
        )
