"""Shapes an experiment and its report on the wire."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from app.api.errors import field_path
from app.api.schemas.items import rfc3339
from app.api.schemas.search import SearchBody
from app.api.schemas.wire import Name, Wire
from app.domain.errors import InvalidInput
from app.experiments.overrides import OVERRIDABLE, check_override
from app.experiments.specs import DEFAULT_GUARDRAILS, DEFAULT_METRIC, INTERLEAVE, SPLIT, Arm, Experiment
from app.experiments.view import share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.experiments.comparing import Comparison, Interval
    from app.experiments.preference import Preference
    from app.experiments.report import ArmReport, Contrast, Report
    from app.experiments.view import Change, Running


class ArmBody(Wire):
    """One way to answer."""

    name: Name
    weight: float = Field(1.0, ge=0, le=1_000, description="Units it gets, relative to the other arms.")
    override: dict[str, Any] = Field(
        default={}, description=f"Part of a search body that the arm decides: {', '.join(OVERRIDABLE)}."
    )


class ExperimentBody(Wire):
    """An experiment; the first arm is the one that the others are compared with."""

    arms: list[ArmBody] = Field(min_length=2, max_length=20)
    kind: Name = Field(
        SPLIT, description="split: a unit sees one arm; interleave: lists are drafted from two."
    )
    layer: Name | None = Field(
        None, description="Experiments of a layer never meet; a layer of its own if left out."
    )
    unit: Name = Field(
        "user", description="user, session, device or request: what sees the same arm for ever."
    )
    traffic: float = Field(1.0, ge=0, le=1, description="Share of the layer's units that take part.")
    metric: Name | None = Field(None, description=f"What arms are judged by; {DEFAULT_METRIC} if left out.")
    guardrails: list[Name] | None = Field(
        None,
        max_length=20,
        description=f"What must not get worse; {', '.join(DEFAULT_GUARDRAILS)} if left out.",
    )
    salt: Name | None = Field(None, description="What arms are drawn with; the name if left out.")

    def to_experiment(self, name: str) -> Experiment:
        """Return the use case's own record. Raises InvalidInput naming the part of an arm."""
        drafts = self.kind == INTERLEAVE
        metric = self.metric if drafts else self.metric or DEFAULT_METRIC
        guardrails = () if drafts else DEFAULT_GUARDRAILS
        return Experiment(
            name=name,
            arms=tuple(
                Arm(arm.name, arm.weight, read_override(arm.override, f"arms[{place}].override"))
                for place, arm in enumerate(self.arms)
            ),
            kind=self.kind,
            layer=self.layer or name,
            unit=self.unit,
            traffic=self.traffic,
            metric=metric,
            guardrails=guardrails if self.guardrails is None else tuple(self.guardrails),
            salt=self.salt or name,
        )


def read_override(override: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the part of a search body as JSON values of the types a search has.

    Raises InvalidInput naming the field below `where`.
    """
    check_override(override, where)
    try:
        body = SearchBody.model_validate(override)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(f"{where}.{field_path(('body', *first['loc']))}", first["msg"]) from error
    read: dict[str, Any] = body.model_dump(exclude_unset=True)
    return read


def experiment_json(running: Running) -> dict[str, Any]:
    """Return a running experiment as it is sent."""
    return running.experiment.to_body() | {
        "status": "running",
        "share": share(running.buckets),
        "since": {"lsn": running.since_lsn, "at": rfc3339(running.since_at)},
    }


def told_json(name: str, running: Running | None, history: Sequence[Change]) -> dict[str, Any]:
    """Return an experiment with everything that ever happened to it."""
    body = {"name": name, "status": "ended"} if running is None else experiment_json(running)
    return body | {"history": [_change_json(change) for change in history]}


def _change_json(change: Change) -> dict[str, Any]:
    body: dict[str, Any] = {"lsn": change.lsn, "at": rfc3339(change.at)}
    if change.experiment is None:
        return body | {"action": "end"}
    body |= {"action": "put", "experiment": change.experiment.to_body()}
    return body if change.refused is None else body | {"refused": change.refused}


def report_json(told: Report) -> dict[str, Any]:
    """Return a report as it is sent."""
    experiment = told.running.experiment
    body: dict[str, Any] = {
        "name": experiment.name,
        "kind": experiment.kind,
        "unit": experiment.unit,
        "metric": experiment.metric,
        "since": {"lsn": told.running.since_lsn, "at": rfc3339(told.running.since_at)},
        "up_to_lsn": told.lsn,
        "verdict": told.verdict,
    }
    if told.preference is not None:
        first, second = (arm.name for arm in experiment.arms)
        return body | {"preference": _preference_json(told.preference, first, second)}
    check = told.ratio_check
    body["arms"] = [_arm_json(arm) for arm in told.arms]
    body["guardrails_harmed"] = list(told.harmed)
    if check is not None:
        body["sample_ratio"] = {"p_value": check.p_value, "alarm": check.is_alarm}
    return body


def _arm_json(arm: ArmReport) -> dict[str, Any]:
    metrics = {}
    for name, measured in arm.metrics.items():
        value = {"mean": measured.estimate.mean, "standard_error": _root(measured.estimate.variance)}
        metrics[name] = value | ({} if measured.contrast is None else _contrast_json(measured.contrast))
    return {"name": arm.name, "units": arm.num_units, "searches": arm.num_searches, "metrics": metrics}


def _contrast_json(contrast: Contrast) -> dict[str, Any]:
    body = {"verdict": contrast.verdict, **_comparison_json(contrast.plain)}
    if contrast.adjusted is not None:
        kept = contrast.variance_kept
        body["cuped"] = {"variance_kept": kept, **_comparison_json(contrast.adjusted)}
    return body


def _comparison_json(one: Comparison) -> dict[str, Any]:
    return {
        "difference": one.difference,
        "interval": _interval(one.interval),
        "p_value": one.p_value,
        "always_valid": {"interval": _interval(one.always_interval), "p_value": one.always_p_value},
        "lift": one.lift,
        "lift_interval": None if one.lift_interval is None else _interval(one.lift_interval),
    }


def _preference_json(told: Preference, first: str, second: str) -> dict[str, Any]:
    return {
        "searches_won": {first: told.num_losses, second: told.num_wins},
        "ties": told.num_ties,
        "share_of_second": told.share,
        "interval": _interval(told.interval),
        "p_value": told.p_value,
        "always_valid": {"p_value": told.always_p_value},
    }


def _interval(interval: Interval) -> list[float | None]:
    """Return both ends; None stands for no end."""
    return [end if math.isfinite(end) else None for end in interval]


def _root(variance: float) -> float | None:
    return math.sqrt(variance) if variance >= 0 else None
