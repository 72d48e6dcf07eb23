"""What is told of an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.special import ndtri

from app.experiments.report import MISMATCH, UNDECIDED, report
from app.experiments.specs import Arm
from app.experiments.tally import Exposure, Tally
from app.experiments.view import Running
from tests.app.experiments.made import event, experiment, exposure_row, read_exposure, shown

if TYPE_CHECKING:
    from app.experiments.comparing import Comparison

NUM_USERS = 600
CHANCES = {"control": 0.3, "treatment": 0.5}


def measured(chances: dict[str, float], seed: int = 9, lose: float = 0.0, **changes: Any) -> Tally:
    """Return the tally of users who clicked by these chances before (as control) and since.

    `lose` is the share of the treatment's users whose answers are not recorded.
    """
    rng = np.random.default_rng(seed)
    tally = Tally(Running(experiment(**changes), (1,), 10_000, 0.0), read_exposure)
    for number in range(NUM_USERS):
        user, arm = f"user-{number}", list(chances)[number % len(chances)]
        if arm == "treatment" and rng.random() < lose:
            continue
        bent = rng.normal(0, 0.2)
        rows = []
        for search in range(6):
            chance = CHANCES["control"] if search < 3 else chances[arm]
            at = (10 if search < 3 else 20_000) + number * 10 + search * 2
            request = f"r{number}-{search}"
            took_ms = 5.0 if arm != "treatment" or search < 3 else 9.0 + rng.random()
            rows.append(exposure_row(at, shown(request, user, None if search < 3 else arm, took_ms=took_ms)))
            if rng.random() < chance + bent:
                rows.append(event(at + 1, request_id=request, item="b"))
        tally.add(rows)
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
    told = report(Tally(Running(experiment(), (1,), 1, 0.0), read_exposure))
    assert [arm.num_units for arm in told.arms] == [0, 0]
    assert told.verdict == UNDECIDED


@pytest.mark.parametrize(("chance", "verdict"), [(0.7, "treatment is better"), (0.5, UNDECIDED)])
def test_an_interleaving_tells_whose_picks_are_clicked(chance: float, verdict: str) -> None:
    """Clicks on the second arm's picks in seven of ten searches are a preference, in five of ten none."""
    rng = np.random.default_rng(10)
    tally = Tally(Running(experiment(kind="interleave"), (1,), 1, 0.0), read_exposure)
    for number in range(200):
        drafted = Exposure(
            f"r{number}", {"user": f"u{number}"}, {"fresh": "interleaved"}, "ab", 5.0, teams=(0, 1)
        )
        item = "b" if rng.random() < chance else "a"
        tally.add([exposure_row(10 + number * 2, drafted)])
        tally.add([event(11 + number * 2, request_id=drafted.request_id, item=item)])
    told = report(tally)
    assert told.verdict == verdict
    assert told.arms == ()
    assert told.preference is not None
    assert told.preference.share == pytest.approx(chance, abs=0.12)
