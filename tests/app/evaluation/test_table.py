"""Ways measured and compared."""

from __future__ import annotations

import pytest

from app.domain.errors import InvalidInput
from app.evaluation.judged import Judged
from app.evaluation.systems import systems
from app.evaluation.table import body, compared, joined, measure, render
from tests.app.evaluation.service import FakeService

JUDGED = Judged("small", [], {"q1": "one", "q2": "two"}, {"q1": {"a": 1}, "q2": {"b": 1}})
SERVICE = FakeService(
    {
        "default": {"one": ["a", "x"], "two": ["x", "y", "b"]},
        "term": {"one": ["a"], "two": ["b"]},
        "rrf": {"one": ["x"], "two": []},
    }
)


def test_ways_are_scored_and_compared_with_one_of_them() -> None:
    """A perfect branch gains over the default; a way that is refused, or finds nothing, is told as such."""
    told: list[None] = []
    rows = [
        measure(SERVICE, way, JUDGED, ["q1", "q2"], lambda: told.append(None)) for way in systems(SERVICE)
    ]
    assert len(told) == len(rows) * 2
    default, term, text, rrf = compared(rows, "default", seed=1)
    assert default.quality is not None
    assert default.quality.mrr == pytest.approx((1 + 1 / 3) / 2)
    assert default.paired is None
    assert term.quality is not None
    assert term.quality.ndcg_at_10 == 1.0
    assert term.paired is not None
    assert term.paired.difference == pytest.approx(1 - default.quality.ndcg_at_10)
    assert text.quality is None
    assert rrf.quality is not None
    assert rrf.quality.map == 0.0
    table = render([default, term, text, rrf], "default")
    assert "nDCG@10 - default" in table
    assert "| branch text | no answer |" in table
    figures = {row["name"]: row for row in body([default, term, text, rrf])}
    assert figures["branch term"]["mrr"] == 1.0
    assert figures["branch text"] == {"name": "branch text"}


def test_rows_about_different_queries_are_joined() -> None:
    """Two folds of a query each are as good as one row of both."""
    way = systems(SERVICE)[0]
    whole = measure(SERVICE, way, JUDGED, ["q1", "q2"], lambda: None)
    folds = [measure(SERVICE, way, JUDGED, [query], lambda: None) for query in ("q1", "q2")]
    both = joined("default", folds)
    assert (both.scores, both.quality) == (whole.scores, whole.quality)
    assert joined("nothing", []).quality is None


def test_what_is_compared_with_must_be_there() -> None:
    """A name that no row has is refused with those that there are."""
    rows = [measure(SERVICE, way, JUDGED, ["q1"], lambda: None) for way in systems(SERVICE)]
    with pytest.raises(InvalidInput, match="branch term"):
        compared(rows, "magic", seed=1)
