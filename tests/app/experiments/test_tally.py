"""What came of answers, counted from rows."""

from __future__ import annotations

from typing import Any

import pytest

from app.experiments.tally import Exposure, Tally
from app.experiments.view import Running
from tests.app.experiments.made import event, experiment, exposure_row, read_exposure, shown


def tally(**changes: Any) -> Tally:
    """Return the tally of an experiment that began at row 100."""
    return Tally(Running(experiment(**changes), (1,), 100, 0.0), read_exposure)


def test_clicks_go_to_the_answer_they_name() -> None:
    """By the item's place where it was shown, else by the place told; what was not shown counts nothing."""
    one = tally()
    one.add(
        [
            exposure_row(101, shown("r1", "ann", "control")),
            exposure_row(102, shown("r2", "ann", "control")),
            exposure_row(103, shown("r3", "bob", "treatment")),
            event(104, request_id="r1", item="c"),
            event(105, request_id="r1", item="c"),  # the same place again
            event(106, request_id="r2", position=2),
            event(107, request_id="r2", item="zebra", position=1),  # was not shown
            event(108, request_id="r9", item="a"),  # another's answer
            event(109, type="impression", request_id="r3", item="a"),
        ]
    )
    control, treatment = one.sums("reciprocal_rank", ["control", "treatment"])
    assert control.numerators.tolist() == [pytest.approx(1 / 3 + 1 / 2)]
    assert control.denominators.tolist() == [2.0]
    assert treatment.numerators.tolist() == [0.0]
    assert (one.num_searches("control"), one.num_searches("treatment")) == (2, 1)
    assert one.lsn == 109


def test_later_pages_count_from_where_they_begin() -> None:
    """The first item of the second page stands at place 21."""
    one = tally()
    one.add(
        [
            exposure_row(101, Exposure("p2", {"user": "ann"}, {"fresh": "control"}, "xy", 5.0, offset=20)),
            event(102, request_id="p2", item="y"),
        ]
    )
    assert one.sums("reciprocal_rank", ["control"])[0].numerators.tolist() == [pytest.approx(1 / 22)]


def test_what_was_before_is_the_units_past() -> None:
    """Answers before the beginning are nobody's arm, and the past of whoever came back."""
    one = tally()
    one.add(
        [
            exposure_row(10, shown("r0", "ann", None)),
            event(11, request_id="r0", item="a"),
            exposure_row(12, shown("r1", "cat", "treatment")),  # an earlier experiment of this name
            exposure_row(101, shown("r2", "ann", "control")),
            exposure_row(102, shown("r3", "bob", "control")),
            event(103, request_id="r0", item="b"),  # late, but of before
        ]
    )
    (control,) = one.sums("clicks_per_search", ["control"])
    assert control.numerators.tolist() == [0.0, 0.0]
    assert control.pre_numerators.tolist() == [2.0, 0.0]
    assert control.pre_denominators.tolist() == [1.0, 0.0]


def test_conversions_count_a_unit_once() -> None:
    """A purchase that names no answer belongs to the unit's last; a unit converts once."""
    one = tally()
    one.add(
        [
            exposure_row(101, shown("r1", "ann", "control")),
            exposure_row(102, shown("r2", "bob", "control")),
            event(103, type="purchase", user="ann", item="a"),
            event(104, type="purchase", request_id="r1", item="b"),
            event(105, type="purchase", user="cat", item="b"),  # never saw anything
        ]
    )
    (control,) = one.sums("conversion", ["control"])
    assert control.numerators.tolist() == [1.0, 0.0]
    assert control.denominators.tolist() == [1.0, 1.0]


def test_units_are_of_the_kind_that_was_asked_for() -> None:
    """Without the unit an answer counts nowhere; requests are units of themselves."""
    sessions, requests = tally(unit="session"), tally(unit="request")
    rows = [
        exposure_row(101, shown("r1", "ann", "control")),
        exposure_row(102, shown("r2", "ann", "control")),
    ]
    sessions.add(rows)
    requests.add(rows)
    assert sessions.num_searches("control") == 0
    assert len(requests.sums("ctr", ["control"])[0].numerators) == 2


def test_credits_go_to_whoever_picked() -> None:
    """A click is the team's whose pick the place was; places after the draft are nobody's."""
    one = tally(kind="interleave")
    drafted = Exposure("r1", {"user": "ann"}, {"fresh": "interleaved"}, "abcd", 5.0, teams=(0, 1, 1))
    one.add([exposure_row(101, drafted), exposure_row(102, shown("r0", "bob", "interleaved"))])
    one.add([event(103 + i, request_id="r1", item=item) for i, item in enumerate("bcd")])
    assert one.credits() == [[(0, 2)], [(0, 0)]]
