"""What is told of an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.special import ndtri

from app.experiments.report import MISMATCH, UNDECIDED, report
from app.experiments.specs import Arm
from app.experiments.tally import Tally
from app.experiments.view import Running
from tests.app.experiments.made import events, experiment, shown

if TYPE_CHECKING:
    from app.experiments.comparing import Comparison

SINCE = 100.0
NUM_USERS = 600
CHANCES = {"control": 0.3, "treatment": 0.5}


def measured(chances: dict[str, float], seed: int = 9, lose: float = 0.0, **changes: Any) -> Tally:
    """Return the tally of users who clicked by these chances before (as control) and since.

    `lose` is the share of the treatment's users whose answers are not recorded.
    """
    rng = np.random.default_rng(seed)
    tally = Tally(Running(experiment(**changes), (1,), 1, SINCE))
    exposures, clicks = [], []
    for number in range(NUM_USERS):
        user, arm = f"user-{number}", list(chances)[number % len(chances)]
        if arm == "treatment" and rng.random() < lose:
            continue
        bent = rng.normal(0, 0.2)
        for search in range(6):
            is_past = search < 3
            chance = CHANCES["control"] if is_past else chances[arm]
            request = f"r{number}-{search}"
            took_ms = 5.0 if arm != "treatment" or is_past else 9.0 + rng.random()
            at = SINCE + (-1 if is_past else 1)
            exposures.append(shown(request, user, None if is_past else arm, at=at, took_ms=took_ms))
            if rng.random() < chance + bent:
                clicks.append({"request_id": request, "item": "b"})
    tally.add_exposures(exposures)
    tally.add_events(events(*clicks))
    return tally


def test_a_true_lift_is_told_with_its_interval_and_its_cost() -> None:
    """The better arm is called so, its lift is covered, and the guardrail that it broke is named."""
    told = report(measured(CHANCES, guardrails=("latency_ms", "empty_rate")))
    assert told.verdict == "treatment is better"
    control, treatment = told.arms
    assert (control.num_units, control.num_searches) == (NUM_USERS // 2, NUM_USERS // 2 * 3)
    contrast = treatment.metrics["ctr"].contrast
    assert contrast is not None
    low, high = contrast.plain.interval
    assert low < CHANCES["treatment"] - CHANCES["control"] < high
    assert contrast.plain.lift_interval is not None
    assert contrast.plain.lift_interval[0] > 0
    assert contrast.adjusted is not None
    assert contrast.variance_kept is not None
    assert contrast.variance_kept < 0.95
    assert told.harmed == ("treatment: latency_ms",)
    assert told.ratio_check is not None
    assert not told.ratio_check.is_alarm


def test_equal_arms_stay_undecided() -> None:
    """Nothing is called better where nothing is."""
    told = report(measured({"control": 0.3, "other": 0.3}, arms=(Arm("control"), Arm("other"))))
    assert told.verdict == UNDECIDED
    assert told.harmed == ()


def test_lost_units_silence_the_verdict() -> None:
    """When a third of an arm's units is missing, the alarm is the verdict."""
    told = report(measured(CHANCES, lose=0.33))
    assert told.ratio_check is not None
    assert told.ratio_check.is_alarm
    assert told.verdict == MISMATCH


def test_more_arms_must_differ_more() -> None:
    """With three arms each interval is wider, so that all of them together miss as rarely."""
    two = report(measured(CHANCES)).arms[1].metrics["ctr"].contrast
    chances = {**CHANCES, "third": 0.3}
    arms = (Arm("control"), Arm("treatment"), Arm("third"))
    three = report(measured(chances, arms=arms)).arms[1].metrics["ctr"]
    assert two is not None
    assert three.contrast is not None
    assert _z(three.contrast.plain) == pytest.approx(2.2414, abs=1e-3)  # of 2.5 %
    assert _z(two.plain) == pytest.approx(1.96, abs=1e-3)


def _z(comparison: Comparison) -> float:
    """Return how many standard errors wide the interval is on one side, the error taken from the p."""
    error = abs(comparison.difference) / -ndtri(comparison.p_value / 2)
    return float((comparison.interval[1] - comparison.difference) / error)


def test_nothing_measured_is_nothing_told() -> None:
    """An experiment that nobody saw has arms without units and no verdict."""
    told = report(Tally(Running(experiment(), (1,), 1, SINCE)))
    assert [arm.num_units for arm in told.arms] == [0, 0]
    assert told.verdict == UNDECIDED


@pytest.mark.parametrize(("chance", "verdict"), [(0.7, "treatment is better"), (0.5, UNDECIDED)])
def test_an_interleaving_tells_whose_picks_are_clicked(chance: float, verdict: str) -> None:
    """Clicks on the second arm's picks in seven of ten searches are a preference, in five of ten none."""
    rng = np.random.default_rng(10)
    tally = Tally(Running(experiment(kind="interleave"), (1,), 1, SINCE))
    users = range(200)
    tally.add_exposures([shown(f"r{i}", f"u{i}", "interleaved", "ab", teams=(0, 1)) for i in users])
    picks = ["b" if rng.random() < chance else "a" for _ in users]
    tally.add_events(events(*({"request_id": f"r{i}", "item": item} for i, item in enumerate(picks))))
    told = report(tally)
    assert told.verdict == verdict
    assert told.arms == ()
    assert told.preference is not None
    assert told.preference.share == pytest.approx(chance, abs=0.12)
