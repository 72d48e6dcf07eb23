"""What training reads is what serving saw, joined with what people did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.domain.log import Kind, LogRow
from app.ranking.examples import acts_of, counted, join, only
from tests.app.store.test_exposures import exposure


def row(lsn: int, kind: str, item: str | None, request_id: str | None = "request-1") -> LogRow:
    """Return the row of an event."""
    body = {"id": str(lsn), "type": kind, "item": item, "request_id": request_id}
    return LogRow(lsn, 0.0, Kind.EVENT, str(lsn), {k: v for k, v in body.items() if v is not None})


def test_the_highest_grade_of_an_item_counts_and_hiding_takes_it_away() -> None:
    """A purchase outweighs its click; what was hidden has no grade; what names no answer says nothing."""
    rows = [
        row(1, "click", "a"),
        row(2, "purchase", "a"),
        row(3, "click", "b"),
        row(4, "hide", "b"),
        row(5, "impression", "c"),
        row(6, "click", "c", None),
        row(7, "click", None),
        LogRow(8, 0.0, Kind.ITEM_PUT, "a", {"id": "a"}),
    ]
    assert acts_of(rows) == {"request-1": {"a": 3.0}}


def test_training_reads_the_bytes_that_serving_saw() -> None:
    """The matrix of the lists is the exposures' features, bit by bit, with grades and places beside."""
    shown = [exposure(1), replace(exposure(2), offset=0)]
    examples = join(shown, {"request-1": {"b": 2.0}})
    lists = examples.lists(lambda one: one.features)
    assert lists.matrix.tobytes() == shown[0].features.tobytes() + shown[1].features.tobytes()
    assert lists.grades.tolist() == [0, 2, 0, 0, 0, 0]
    assert examples.positions.tolist() == [4, 5, 6, 1, 2, 3]
    assert lists.moments.tolist() == [1_001.0, 1_002.0]
    assert np.array_equal(lists.fused, np.concatenate([one.fused for one in shown]).astype(np.float64))
    assert counted(examples) == (2, 1, 1)


def test_some_examples_can_be_kept() -> None:
    """Lists keep their grades when others are left out, and none at all is no error."""
    examples = join([exposure(1), exposure(2, "bob")], {"request-2": {"a": 1.0}})
    kept = only(examples, lambda one: one.user == "bob")
    assert kept.grades[0].tolist() == [1.0, 0.0, 0.0]
    nothing = only(examples, lambda _: False).lists(lambda one: one.features)
    assert (len(nothing), len(nothing.grades)) == (0, 0)
