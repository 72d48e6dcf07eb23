"""Measures systems on a judged collection and tells how each compares with one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.client.http import Refused
from app.domain.errors import InvalidInput
from app.evaluation.asking import ranked
from app.evaluation.relevance import Quality, Scores, score
from app.evaluation.significance import compare_paired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from app.client.http import Client
    from app.evaluation.judged import Judged
    from app.evaluation.significance import Paired
    from app.evaluation.systems import System

HEAD = ("search", "nDCG@10", "MAP", "recall@100", "MRR", "queries", "nDCG@10 - {against}", "p")


@dataclass(frozen=True, slots=True)
class Row:
    """One system's means, and how its nDCG@10 differs from that of the system it is compared with.

    `scores` are by query, empty when the system had nothing to do with any of them.
    """

    name: str
    scores: Mapping[str, Scores]
    quality: Quality | None
    paired: Paired | None = None


def measure(
    client: Client, system: System, judged: Judged, queries: Sequence[str], tell: Callable[[], None]
) -> Row:
    """Ask every query and score the lists; a system that cannot answer any of them has no scores."""
    runs: dict[str, list[str]] = {}
    for query in queries:
        try:
            runs[query] = list(ranked(client, {**system.body, "query": judged.queries[query]}))
        except Refused as error:
            if error.status != 422:
                raise
            runs[query] = []  # every branch that could answer is switched off: it has nothing to say
        tell()
    if not any(runs.values()):
        return Row(system.name, {}, None)
    scores = score(runs, judged.grades)
    return Row(system.name, scores, Quality.mean(list(scores.values())))


def joined(name: str, parts: Sequence[Row]) -> Row:
    """Return one row of rows about different queries."""
    scores = {query: one for part in parts for query, one in part.scores.items()}
    return Row(name, scores, Quality.mean(list(scores.values())) if scores else None)


def compared(rows: Sequence[Row], against: str, seed: int) -> list[Row]:
    """Return the rows with their differences from the row of this name. Raises InvalidInput without one."""
    reference = next((row for row in rows if row.name == against), None)
    if reference is None:
        raise InvalidInput("against", f"{against!r} is none of {', '.join(row.name for row in rows)}")
    told = []
    for row in rows:
        both = [query for query in reference.scores if query in row.scores]
        if row is reference or not both:
            told.append(row)
            continue
        new, old = (np.array([one.scores[query].ndcg_at_10 for query in both]) for one in (row, reference))
        paired = compare_paired(new, old, np.random.default_rng(seed))
        told.append(Row(row.name, row.scores, row.quality, paired))
    return told


def render(rows: Iterable[Row], against: str) -> str:
    """Return the rows as a table of Markdown."""
    lines = [[head.format(against=against) for head in HEAD]]
    lines.append(["---"] * len(HEAD))
    lines += [_cells(row) for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cells(row: Row) -> list[str]:
    if row.quality is None:
        return [row.name, *["no answer"] * 4, "0", "", ""]
    quality = row.quality
    means = (quality.ndcg_at_10, quality.map, quality.recall_at_100, quality.mrr)
    cells = [row.name, *(f"{mean:.4f}" for mean in means), str(quality.num_queries)]
    if row.paired is None:
        return [*cells, "", ""]
    paired = row.paired
    interval = f"{paired.difference:+.4f} [{paired.low:+.4f}, {paired.high:+.4f}]"
    return [*cells, interval, f"{paired.p_value:.4f}"]


def body(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the rows as JSON values."""
    told = []
    for row in rows:
        one: dict[str, Any] = {"name": row.name}
        for part in (row.quality, row.paired):
            if part is not None:
                one |= {name: getattr(part, name) for name in part.__slots__}
        told.append(one)
    return told
