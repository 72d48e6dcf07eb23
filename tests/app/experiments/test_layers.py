"""Layers shared out among experiments."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.experiments.layers import allot, objection
from app.experiments.specs import BUCKETS, Arm
from tests.app.experiments.made import experiment

STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, BUCKETS)), max_size=12)


@given(STEPS)
def test_no_bucket_is_ever_held_twice(steps: list[tuple[str, int]]) -> None:
    """Whatever grows and shrinks, each holds what it asked for, apart, or is told there is no room."""
    held: dict[str, tuple[int, ...]] = {}
    for name, num in steps:
        others = sum(len(buckets) for other, buckets in held.items() if other != name)
        got = allot(held, name, num)
        assert (got is None) == (others + num > BUCKETS)
        if got is not None:
            assert len(got) == num
            held[name] = got
    everything = [bucket for buckets in held.values() for bucket in buckets]
    assert len(set(everything)) == len(everything)


@given(st.integers(0, 3_000), st.integers(0, 3_000), st.integers(0, 4_000))
def test_growth_keeps_what_is_held(first: int, more: int, other: int) -> None:
    """A grown experiment holds all that it held, beside whatever came between; a shrunk one its oldest."""
    held = {"a": allot({}, "a", first) or ()}
    held["b"] = allot(held, "b", other) or ()
    grown = allot(held, "a", first + more)
    assert grown is not None
    assert grown[:first] == held["a"]
    assert allot({**held, "a": grown}, "a", first) == held["a"]


def test_a_layer_has_one_unit() -> None:
    """An experiment of sessions cannot enter a layer of users."""
    told = objection(experiment("b", layer="a", unit="session"), [experiment("a")])
    assert told is not None
    assert told[0] == "unit"
    assert "'a'" in told[1]


def test_a_thing_is_decided_in_one_layer() -> None:
    """Two layers may not both decide the fusion; the same layer may, and other things anywhere."""
    taken = experiment("a")
    told = objection(experiment("b"), [taken])
    assert told is not None
    assert told[0] == "arms[1].override.fusion"
    assert objection(experiment("b", layer="a"), [taken]) is None
    assert objection(experiment("a"), [taken]) is None
    weights = (Arm("low"), Arm("high", 1.0, {"branches": {"term": {"weight": 3.0}}}))
    assert objection(experiment("b", arms=weights), [taken]) is None
    deadlines = (Arm("low"), Arm("high", 1.0, {"branches": {"term": {"deadline_ms": 3.0}}}))
    assert objection(experiment("b", arms=deadlines), [experiment("a", arms=weights)]) is None


def test_a_list_is_drafted_by_one_pair() -> None:
    """A second interleaving must share the first one's layer."""
    first = experiment("a", kind="interleave")
    arms = (Arm("x"), Arm("y", 1.0, {"min_score": 0.5}))
    told = objection(experiment("b", kind="interleave", arms=arms), [first])
    assert told is not None
    assert told[0] == "layer"
    assert objection(experiment("b", kind="interleave", arms=arms, layer="a"), [first]) is None
