"""What training reads is what serving saw, joined with what people did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.domain.log import Kind, LogRow
from app.ranking.examples import WINDOW_S, Trail, acts_of, counted, join, only
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


def act(at: float, item: str, **who: str) -> LogRow:
    """Return the row of a click that names no answer."""
    body = {"id": f"{at}", "type": "click", "at": at, "item": item, **who}
    return LogRow(int(at), 0.0, Kind.EVENT, f"{at}", body)


def test_acts_that_name_no_answer_are_about_the_last_that_showed_the_item() -> None:
    """The session's own answers come first, then the user's; later ones, and too old ones, do not count."""
    trail = Trail(
        [
            replace(exposure(1), at=100.0, session="s", items=("a", "b")),
            replace(exposure(2), at=200.0, session="s", items=("a",)),
            replace(exposure(3), at=300.0, session="t", items=("a", "c")),
        ]
    )
    told = {
        "request-1": act(150.0, "a", session="s"),
        "request-2": act(250.0, "a", session="s", user="ann"),
        "request-3": act(350.0, "c", session="elsewhere", user="ann"),
    }
    for request_id, row_of_act in told.items():
        assert acts_of([row_of_act], trail) == {request_id: {row_of_act.body["item"]: 1.0}}
    unseen = [
        act(50.0, "a", session="s"),
        act(200.0 + WINDOW_S + 1, "a", session="s"),
        act(350.0, "c", session="s"),
        act(350.0, "a"),
        row(1, "click", None, None),
    ]
    assert acts_of(unseen, trail) == {}
    assert acts_of([act(150.0, "a", session="s")]) == {}
    named = act(250.0, "a", session="s", request_id="request-9")
    assert acts_of([named], trail) == {"request-9": {"a": 1.0}}


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
