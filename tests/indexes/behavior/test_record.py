"""Tests the columns of all acts, persons counted over their devices."""

from __future__ import annotations

from indexes.behavior.activity import Activity
from indexes.behavior.changes import Act, Link
from indexes.behavior.names import NOBODY


def test_persons_count_over_linked_devices() -> None:
    """A user and a linked device are one row of the table; acts of no weight and of nobody are left out."""
    activity = Activity()
    rows = [
        ("ann", None, "x", "click"),
        (None, "pad", "y", "like"),
        (None, None, "x", "click"),
        ("ben", None, "x", "seen"),
    ]
    activity.apply(
        [
            Act(lsn, 1.0, kind, user, device, None, item, None)
            for lsn, (user, device, item, kind) in enumerate(rows, 1)
        ]
    )
    activity.apply([Link(5, "pad", "ann")])
    record = activity.record()
    assert record.person.tolist() == [0, 0, NOBODY, 1]
    weights = {"click": 1.0, "like": 3.0}
    assert record.weights(weights).tolist() == [1, 3, 1, 0]
    assert record.matrix(weights).toarray().tolist() == [[1, 1], [0, 0]]
    assert (list(record.items), record.num_events) == (["x", "y"], 4)
