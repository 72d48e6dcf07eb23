"""Holds an experiment as it is asked for: its arms, whom it concerns, and what it is judged by."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.domain.errors import InvalidInput
from app.experiments.metrics import known_metrics
from app.experiments.overrides import check_override

if TYPE_CHECKING:
    from collections.abc import Mapping

SPLIT, INTERLEAVE = "split", "interleave"
KINDS = (SPLIT, INTERLEAVE)
UNITS = ("user", "session", "device", "request")
BUCKETS = 10_000  # the smallest share of a layer that an experiment can hold is one of these
DEFAULT_METRIC = "ctr"
DEFAULT_GUARDRAILS = ("latency_ms", "empty_rate")
MAX_ARMS = 20
GENERATE = "generate"
MAX_WEIGHT = 1_000.0


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to answer: `override` is the part of a search body that it decides, as JSON values."""

    name: str
    weight: float = 1.0
    override: Mapping[str, Any] = field(default_factory=dict)

    def to_body(self) -> dict[str, Any]:
        """Return the arm as JSON values."""
        return {"name": self.name, "weight": self.weight, "override": dict(self.override)}


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is tried on whom. The first arm is the one that the others are compared with.

    `kind` is `split` (a unit sees one arm) or `interleave` (every list is drafted from both arms).
    Experiments of one `layer` never meet in a unit; layers know nothing of each other. `traffic` is
    the share of the layer's units that take part, `salt` what their arms are drawn with.
    """

    name: str
    arms: tuple[Arm, ...]
    kind: str
    layer: str
    unit: str
    traffic: float
    metric: str | None
    guardrails: tuple[str, ...]
    salt: str

    @property
    def num_buckets(self) -> int:
        """How many of the layer's buckets the traffic asks for."""
        return round(self.traffic * BUCKETS)

    def moves_units(self, before: Experiment) -> bool:
        """Tell whether units or arms are others than `before`: then what was measured is not comparable."""
        return self.identity() != before.identity()

    def identity(self) -> tuple[object, ...]:
        """Return everything that decides what a unit sees, but for how many units take part."""
        arms = [arm.to_body() for arm in self.arms]
        return (arms, self.kind, self.layer, self.unit, self.salt)

    def to_body(self) -> dict[str, Any]:
        """Return the experiment as JSON values; `from_body` reads it back."""
        return {
            "name": self.name,
            "arms": [arm.to_body() for arm in self.arms],
            "kind": self.kind,
            "layer": self.layer,
            "unit": self.unit,
            "traffic": self.traffic,
            "metric": self.metric,
            "guardrails": list(self.guardrails),
            "salt": self.salt,
        }

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Experiment:
        """Read what `to_body` wrote."""
        return cls(
            name=body["name"],
            arms=tuple(Arm(arm["name"], arm["weight"], arm["override"]) for arm in body["arms"]),
            kind=body["kind"],
            layer=body["layer"],
            unit=body["unit"],
            traffic=body["traffic"],
            metric=body["metric"],
            guardrails=tuple(body["guardrails"]),
            salt=body["salt"],
        )


def check(experiment: Experiment) -> None:
    """Refuse an experiment that cannot be run. Raises InvalidInput naming the field."""
    _known("kind", experiment.kind, KINDS)
    _known("unit", experiment.unit, UNITS)
    for name in ("layer", "salt"):
        if not getattr(experiment, name):
            raise InvalidInput(name, "a name is wanted here")
    _check_arms(experiment)
    _check_traffic(experiment.traffic)
    _check_metrics(experiment)


def _check_arms(experiment: Experiment) -> None:
    arms = experiment.arms
    if not 2 <= len(arms) <= MAX_ARMS:
        raise InvalidInput("arms", f"an experiment has 2 to {MAX_ARMS} arms")
    for place, arm in enumerate(arms):
        here = f"arms[{place}]"
        if not arm.name:
            raise InvalidInput(f"{here}.name", "an arm needs a name")
        if Counter(one.name for one in arms[:place])[arm.name]:
            raise InvalidInput(f"{here}.name", f"two arms are called {arm.name!r}")
        if not (math.isfinite(arm.weight) and 0 <= arm.weight <= MAX_WEIGHT):
            raise InvalidInput(f"{here}.weight", f"a number from 0 to {MAX_WEIGHT:g} is wanted here")
        check_override(arm.override, f"{here}.override")
    if sum(arm.weight for arm in arms) <= 0:
        raise InvalidInput("arms[0].weight", "one arm at least needs a weight above 0")
    if experiment.kind == INTERLEAVE:
        _check_pair(arms)


def _check_pair(arms: tuple[Arm, ...]) -> None:
    if len(arms) != 2:
        raise InvalidInput("arms", "an interleaving has exactly two arms")
    for place, arm in enumerate(arms):
        if arm.weight != 1.0:
            raise InvalidInput(f"arms[{place}].weight", "interleaved arms draft by turns: their weight is 1")

    for place, arm in enumerate(arms):
        if GENERATE in arm.override:
            where = f"arms[{place}].override.{GENERATE}"
            raise InvalidInput(where, "a drafted answer has no arm that could make a picture")


def _check_traffic(traffic: float) -> None:
    if not (math.isfinite(traffic) and 0 <= traffic <= 1):
        raise InvalidInput("traffic", "a share from 0 to 1 is wanted here")
    if abs(traffic * BUCKETS - round(traffic * BUCKETS)) > 1e-6:
        raise InvalidInput("traffic", f"a layer is shared in steps of {1 / BUCKETS:g}")


def _check_metrics(experiment: Experiment) -> None:
    if experiment.kind == INTERLEAVE:
        if experiment.metric is not None:
            raise InvalidInput("metric", "an interleaving is judged by the clicks on each arm's picks alone")
        if experiment.guardrails:
            raise InvalidInput("guardrails", "interleaved arms share every answer: there is none of an arm's")
        return
    _known("metric", experiment.metric, known_metrics())
    for place, name in enumerate(experiment.guardrails):
        _known(f"guardrails[{place}]", name, known_metrics())


def _known(field_name: str, value: str | None, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InvalidInput(field_name, f"{value!r} is not known here; known are {', '.join(known)}")
