"""Experiments as the log tells them."""

from __future__ import annotations

from app.domain.log import Kind, LogRow
from app.experiments.specs import Arm
from app.experiments.view import ExperimentView, place, share
from tests.app.experiments.made import end, experiment, put


def test_the_same_rows_give_the_same_state() -> None:
    """In one go, one by one, or twice over: another process that follows the log assigns alike."""
    rows = [
        put(1, experiment("a", layer="x", traffic=0.5)),
        LogRow(2, 2.0, Kind.EVENT, "e", {"id": "e", "type": "click", "at": 2.0}),
        put(3, experiment("b", layer="x", traffic=0.5)),
        put(4, experiment("a", layer="x", traffic=0.2)),
        end(5, "b"),
        put(6, experiment("c", layer="x", traffic=0.8)),
    ]
    whole, single = ExperimentView(), ExperimentView()
    whole.apply(rows)
    for row in rows:
        single.apply([row])
    single.apply(rows)
    assert whole.running == single.running
    assert whole.running.keys() == {"a", "c"}
    assert whole.lsn == 6
    assert [change.lsn for change in single.history("a")] == [1, 4]


def test_a_measurement_begins_with_the_row_that_moved_units() -> None:
    """Ramping up keeps the beginning; other arms begin anew."""
    view = ExperimentView()
    view.apply([put(3, experiment(traffic=0.1)), put(5, experiment(traffic=0.4))])
    assert (view.running["fresh"].since_lsn, view.running["fresh"].since_at) == (3, 3.0)
    assert share(view.running["fresh"].buckets) == 0.4
    view.apply([put(9, experiment(traffic=0.4, arms=(Arm("control"), Arm("other"))))])
    assert view.running["fresh"].since_lsn == 9


def test_an_end_frees_the_layer_and_is_remembered() -> None:
    """An ended experiment assigns nobody, leaves room, and keeps its history."""
    view = ExperimentView()
    view.apply([put(1, experiment()), end(2, "fresh")])
    assert view.running == {}
    assert view.assignment.find({"user": "ann"}.get) == []
    assert [change.experiment is None for change in view.history("fresh")] == [False, True]
    view.apply([put(3, experiment("next", layer="fresh"))])
    assert view.running.keys() == {"next"}


def test_a_full_layer_names_who_fills_it() -> None:
    """What does not fit is told with the others' names and shares, and running it changes nothing."""
    view = ExperimentView()
    view.apply([put(1, experiment("a", layer="x", traffic=0.7))])
    late = experiment("b", layer="x", traffic=0.4)
    assert place(late, view.running)[1] == (
        "traffic",
        "layer 'x' has no room for 0.4: 'a' holds 0.7",
    )
    view.apply([put(2, late)])  # as when two processes accepted at the same time
    assert view.running.keys() == {"a"}
    refused = view.history("b")[0].refused
    assert refused is not None
    assert "'a' holds 0.7" in refused
