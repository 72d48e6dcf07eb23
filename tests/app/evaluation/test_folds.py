"""Judged queries parted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from app.evaluation.folds import parted, write_judgments
from app.evaluation.judged import Judged

if TYPE_CHECKING:
    from pathlib import Path


def test_every_query_is_in_one_part() -> None:
    """Parts differ by at most one in size, and only the seed decides who is where."""
    queries = [f"q{number}" for number in range(17)]
    parts = parted(queries, 5, 1)
    assert sorted(query for part in parts for query in part) == sorted(queries)
    assert {len(part) for part in parts} == {3, 4}
    assert parts == parted(queries, 5, 1) != parted(queries, 5, 2)


def test_judgments_name_queries_by_their_words(tmp_path: Path) -> None:
    """A line a judgment, of the part's queries alone."""
    judged = Judged("small", [], {"q1": "一", "q2": "two"}, {"q1": {"a": 2, "b": 0}, "q2": {"c": 1}})
    write_judgments(judged, ["q1"], tmp_path / "judgments.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "judgments.jsonl").read_text().splitlines()]
    assert lines == [{"query": "一", "item": "a", "grade": 2}, {"query": "一", "item": "b", "grade": 0}]
