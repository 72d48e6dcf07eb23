"""Experiments as they are asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from app.experiments.specs import MAX_ARMS, Arm, Experiment, check
from tests.app.experiments.made import experiment

GOOD = experiment()
PAIR = (Arm("a"), Arm("b"))
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"arms": (Arm("a"),)}, "arms"),
    ({"arms": tuple(Arm(f"a{i}") for i in range(MAX_ARMS + 1))}, "arms"),
    ({"arms": (Arm("a"), Arm(""))}, "arms[1].name"),
    ({"arms": (Arm("a"), Arm("b"), Arm("a"))}, "arms[2].name"),
    ({"arms": (Arm("a"), Arm("b", -1.0))}, "arms[1].weight"),
    ({"arms": (Arm("a", float("nan")), Arm("b"))}, "arms[0].weight"),
    ({"arms": (Arm("a", 0.0), Arm("b", 0.0))}, "arms[0].weight"),
    ({"arms": (Arm("a"), Arm("b", 1.0, {"query": "x"}))}, "arms[1].override.query"),
    ({"kind": "bandit"}, "kind"),
    ({"unit": "household"}, "unit"),
    ({"layer": ""}, "layer"),
    ({"salt": ""}, "salt"),
    ({"traffic": 1.1}, "traffic"),
    ({"traffic": float("nan")}, "traffic"),
    ({"traffic": 0.00005}, "traffic"),
    ({"metric": "joy"}, "metric"),
    ({"metric": None}, "metric"),
    ({"guardrails": ("latency_ms", "joy")}, "guardrails[1]"),
    ({"kind": "interleave", "metric": "ctr"}, "metric"),
    ({"kind": "interleave", "guardrails": ("latency_ms",)}, "guardrails"),
    ({"kind": "interleave", "arms": (*PAIR, Arm("c"))}, "arms"),
    (
        {"kind": "interleave", "arms": (Arm("a"), Arm("b", 1.0, {"generate": "always"}))},
        "arms[1].override.generate",
    ),
    ({"kind": "interleave", "arms": (Arm("a"), Arm("b", 3.0))}, "arms[1].weight"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_what_cannot_be_run_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    """Each fault is told with the place where it stands."""
    with pytest.raises(InvalidInput) as caught:
        check(experiment(**changes))
    assert caught.value.field == field


def test_what_can_be_run_passes() -> None:
    """Splits, interleavings, traffic in ten-thousandths, an arm that rests."""
    check(GOOD)
    check(experiment(kind="interleave"))
    check(experiment(traffic=0.0001))
    check(experiment(traffic=0.3))
    check(experiment(arms=(Arm("a", 0.0), Arm("b", 5.0)), guardrails=("latency_ms",)))


def test_a_body_is_read_back() -> None:
    """Through JSON and back it is the same experiment."""
    assert Experiment.from_body(json.loads(json.dumps(GOOD.to_body()))) == GOOD


def test_only_what_moves_units_breaks_the_measurement() -> None:
    """More traffic or another metric goes on; other weights, salt, arms or unit start anew."""
    assert not replace(GOOD, traffic=0.5, metric="clicks@3", guardrails=("ctr",)).moves_units(GOOD)
    assert replace(GOOD, salt="other").moves_units(GOOD)
    assert replace(GOOD, unit="device").moves_units(GOOD)
    assert replace(GOOD, arms=(Arm("control", 2.0), GOOD.arms[1])).moves_units(GOOD)
    assert replace(GOOD, arms=(GOOD.arms[0], Arm("treatment"))).moves_units(GOOD)
