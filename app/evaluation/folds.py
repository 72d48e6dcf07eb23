"""Parts judged queries for cross-validation, and writes the judgments of a part."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.evaluation.judged import Judged


def parted(queries: Sequence[str], num: int, seed: int) -> list[list[str]]:
    """Return `num` parts of the queries as equal as can be, drawn by the seed; each query is in one."""
    order = np.random.default_rng(seed).permutation(len(queries))
    return [[queries[place] for place in sorted(order[part::num])] for part in range(num)]


def write_judgments(judged: Judged, queries: Sequence[str], path: Path) -> None:
    """Write the judgments of these queries as lines {"query", "item", "grade"}, queries by their words."""
    with path.open("w", encoding="utf-8") as file:
        for query in queries:
            for item, grade in judged.grades[query].items():
                line = {"query": judged.queries[query], "item": item, "grade": grade}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
