"""Says what came of an experiment: each arm's numbers, how it differs, and whether that can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.experiments.comparing import ALPHA, compare
from app.experiments.metrics import LOWER_IS_BETTER
from app.experiments.mismatch import check_ratio
from app.experiments.preference import HALF, judge
from app.experiments.ratio import adjusted, estimate
from app.experiments.specs import INTERLEAVE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.experiments.comparing import Comparison
    from app.experiments.mismatch import RatioCheck
    from app.experiments.preference import Preference
    from app.experiments.ratio import Estimate
    from app.experiments.tally import Tally
    from app.experiments.view import Running

UNDECIDED, BETTER, WORSE = "undecided", "better", "worse"
MISMATCH = "sample ratio mismatch"


@dataclass(frozen=True, slots=True)
class Contrast:
    """One arm against the first on one metric; `adjusted` is the same with the units' past taken out.

    `variance_kept` is what that left of the variance. `verdict` follows the interval that holds at any
    time, of `adjusted` where there is one. Intervals miss in 5 % of experiments, whatever their arms.
    """

    plain: Comparison
    adjusted: Comparison | None
    variance_kept: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One arm on one metric, and how it compares with the first arm (None for the first itself)."""

    estimate: Estimate
    contrast: Contrast | None


@dataclass(frozen=True, slots=True)
class ArmReport:
    """One arm: its units, answers, and metrics by name, the experiment's own first."""

    name: str
    num_units: int
    num_searches: int
    metrics: dict[str, Measured]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an experiment up to `lsn`; `verdict` is about its metric, or names the alarm.

    `preference` is there for an interleaving, whose answers have no arm of their own.
    """

    running: Running
    lsn: int
    arms: tuple[ArmReport, ...]
    ratio_check: RatioCheck | None
    preference: Preference | None
    harmed: tuple[str, ...]
    verdict: str


def report(tally: Tally) -> Report:
    """Return the report on everything that was counted."""
    if tally.running.experiment.kind == INTERLEAVE:
        return _interleaved(tally)
    return _split(tally)


def _split(tally: Tally) -> Report:
    experiment = tally.running.experiment
    names = [arm.name for arm in experiment.arms]
    metrics = list(dict.fromkeys(name for name in (experiment.metric, *experiment.guardrails) if name))
    by_metric = {metric: _measured(tally, metric, names) for metric in metrics}
    arms = tuple(
        ArmReport(
            name,
            by_metric[metrics[0]][place].estimate.num_units,
            tally.num_searches(name),
            {metric: by_metric[metric][place] for metric in metrics},
        )
        for place, name in enumerate(names)
    )
    check = check_ratio([arm.num_units for arm in arms], [arm.weight for arm in experiment.arms])
    harmed = tuple(
        f"{arm.name}: {metric}"
        for arm in arms[1:]
        for metric in experiment.guardrails
        if _verdict_of(arm.metrics[metric]) == WORSE
    )
    verdict = MISMATCH if check.is_alarm else _overall(arms, metrics[0])
    return Report(tally.running, tally.lsn, arms, check, None, harmed, verdict)


def _measured(tally: Tally, metric: str, names: Sequence[str]) -> list[Measured]:
    sums = tally.sums(metric, names)
    plain = [estimate(arm) for arm in sums]
    better = adjusted(sums)
    alpha = ALPHA / (len(names) - 1)  # Bonferroni: every arm beside the first is one chance to be wrong
    told = [Measured(plain[0], None)]
    for place in range(1, len(names)):
        contrast = compare(plain[0], plain[place], alpha)
        cuped = kept = None
        if better is not None:
            cuped = compare(better[0], better[place], alpha)
            before = plain[0].variance + plain[place].variance
            kept = (better[0].variance + better[place].variance) / before if before > 0 else None
        told.append(
            Measured(plain[place], Contrast(contrast, cuped, kept, _verdict(cuped or contrast, metric)))
        )
    return told


def _verdict(comparison: Comparison, metric: str) -> str:
    low, high = comparison.always_interval
    if low <= 0 <= high:
        return UNDECIDED
    return BETTER if (low > 0) != (metric in LOWER_IS_BETTER) else WORSE


def _verdict_of(measured: Measured) -> str:
    return UNDECIDED if measured.contrast is None else measured.contrast.verdict


def _overall(arms: Sequence[ArmReport], metric: str) -> str:
    told = [f"{arm.name} is {_verdict_of(arm.metrics[metric])}" for arm in arms[1:]]
    decided = [words for words in told if not words.endswith(UNDECIDED)]
    return "; ".join(decided) or UNDECIDED


def _interleaved(tally: Tally) -> Report:
    second = tally.running.experiment.arms[1]
    preference = judge(tally.credits())
    verdict = UNDECIDED
    if preference.always_p_value < ALPHA and preference.share is not None:
        verdict = f"{second.name} is {BETTER if preference.share > HALF else WORSE}"
    return Report(tally.running, tally.lsn, (), None, preference, (), verdict)
