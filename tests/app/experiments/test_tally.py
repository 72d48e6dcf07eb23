"""What came of answers, counted."""

from __future__ import annotations

from typing import Any

import pytest

from app.experiments.tally import Tally
from app.experiments.view import Running
from tests.app.experiments.made import events, experiment, shown

SINCE = 100.0


def tally(**changes: Any) -> Tally:
    """Return the tally of an experiment that began at this moment."""
    return Tally(Running(experiment(**changes), (1,), 1, SINCE))


def test_clicks_go_to_the_answer_they_name() -> None:
    """By the item's place where it was shown, else by the place told; what was not shown counts nothing."""
    one = tally()
    one.add_exposures(
        [
            shown("r1", "ann", "control"),
            shown("r2", "ann", "control"),
            shown("r3", "bob", "treatment"),
            shown("r4", "cat", None),
        ]
    )
    clicks: list[dict[str, Any]] = [
        {"request_id": "r1", "item": "c"},
        {"request_id": "r1", "item": "c"},  # the same place again
        {"request_id": "r2", "position": 2},
        {"request_id": "r2", "item": "zebra", "position": 1},  # was not shown
        {"request_id": "r4", "item": "a"},  # not of this experiment
        {"type": "impression", "request_id": "r3", "item": "a"},
    ]
    one.add_events(events(*clicks))
    one.add_events(events(*clicks))
    control, treatment = one.sums("reciprocal_rank", ["control", "treatment"])
    assert control.numerators.tolist() == [pytest.approx(1 / 3 + 1 / 2)]
    assert control.denominators.tolist() == [2.0]
    assert treatment.numerators.tolist() == [0.0]
    assert (one.num_searches("control"), one.num_searches("treatment")) == (2, 1)
    assert one.lsn == len(clicks)


def test_an_event_may_be_known_before_its_answer() -> None:
    """Exposures are written in batches: a click waits for its own; an exposure told twice counts once."""
    one = tally()
    one.add_events(events({"request_id": "r1", "item": "b"}, {"request_id": "never", "item": "b"}))
    assert one.num_searches("control") == 0
    one.add_exposures([shown("r1", "ann", "control")])
    one.add_exposures([shown("r1", "ann", "control")])
    (control,) = one.sums("clicks_per_search", ["control"])
    assert (control.numerators.tolist(), control.denominators.tolist()) == ([1.0], [1.0])


def test_later_pages_count_from_where_they_begin() -> None:
    """The second item of the second page stands at place 22; its pick is the page's own second."""
    one = tally()
    one.add_exposures([shown("p2", "ann", "control", "xy", offset=20, teams=(0, 1))])
    one.add_events(events({"request_id": "p2", "item": "y"}))
    assert one.sums("reciprocal_rank", ["control"])[0].numerators.tolist() == [pytest.approx(1 / 22)]
    assert one.credits() == [[(0, 1)]]


def test_what_was_before_is_the_units_past() -> None:
    """Answers before the beginning are nobody's arm, and the past of whoever came back."""
    one = tally()
    one.add_exposures(
        [
            shown("r0", "ann", None, at=SINCE - 9),
            shown("r1", "cat", "treatment", at=SINCE - 8),  # by an earlier experiment of this name
            shown("r2", "ann", "control"),
            shown("r3", "bob", "control"),
        ]
    )
    one.add_events(events({"request_id": "r0", "item": "a"}, {"request_id": "r0", "item": "b"}))
    control, treatment = one.sums("clicks_per_search", ["control", "treatment"])
    assert control.numerators.tolist() == [0.0, 0.0]
    assert control.pre_numerators.tolist() == [2.0, 0.0]
    assert control.pre_denominators.tolist() == [1.0, 0.0]
    assert treatment.numerators.tolist() == []


def test_conversions_count_a_unit_once() -> None:
    """A purchase that names no answer belongs to the unit's newest; a unit converts once."""
    one = tally()
    one.add_exposures([shown("r1", "ann", "control"), shown("r2", "bob", "control")])
    one.add_events(
        events(
            {"type": "purchase", "user": "ann", "item": "a"},
            {"type": "purchase", "request_id": "r1", "item": "b"},
            {"type": "purchase", "user": "cat", "item": "b"},  # never saw anything
            {"type": "purchase", "item": "b"},  # nobody
        )
    )
    (control,) = one.sums("conversion", ["control"])
    assert control.numerators.tolist() == [1.0, 0.0]
    assert control.denominators.tolist() == [1.0, 1.0]
    assert one.sums("conversions_per_search", ["control"])[0].numerators.tolist() == [2.0, 0.0]


def test_units_are_of_the_kind_that_was_asked_for() -> None:
    """Without the unit an answer counts nowhere; requests are units of themselves."""
    sessions, requests = tally(unit="session"), tally(unit="request")
    exposures = [shown("r1", "ann", "control"), shown("r2", "ann", "control")]
    sessions.add_exposures(exposures)
    requests.add_exposures(exposures)
    assert sessions.num_searches("control") == 0
    assert len(requests.sums("ctr", ["control"])[0].numerators) == 2


def test_credits_go_to_whoever_picked() -> None:
    """A click is the team's whose pick the place was; a place that nobody picked is nobody's."""
    one = tally(kind="interleave")
    one.add_exposures(
        [
            shown("r1", "ann", "interleaved", "abcd", teams=(0, 1, 1, -1)),
            shown("r2", "bob", "interleaved", "abcd"),
        ]
    )
    one.add_events(events(*({"request_id": "r1", "item": item} for item in "bcd")))
    assert one.credits() == [[(0, 2)], [(0, 0)]]
