"""Finds the arm of a unit in every layer, without state: two hashes and two look-ups a layer."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from app.experiments.hashing import salted
from app.experiments.specs import BUCKETS, INTERLEAVE, Arm, Experiment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

LAYER_SALT = "layer:"
ARM_SALT = "arm:"


@dataclass(frozen=True, slots=True)
class Assigned:
    """What one experiment decided for one request; `arm` is None when both arms draft the list."""

    experiment: Experiment
    arm: Arm | None


class Draw:
    """Draws the arm of a unit: the same for ever, for the weights and the salt it was made with."""

    def __init__(self, experiment: Experiment) -> None:
        total = sum(arm.weight for arm in experiment.arms)
        self._hash = salted(ARM_SALT + experiment.salt)
        self._bounds = [edge / total for edge in accumulate(arm.weight for arm in experiment.arms)][:-1]
        self._arms = experiment.arms

    def arm(self, unit: str) -> Arm:
        """Return the arm of this unit: arms lie on [0, 1) in their order, each as long as its weight."""
        return self._arms[bisect_right(self._bounds, self._hash(unit))]


@dataclass(frozen=True, slots=True)
class _Place:
    experiment: Experiment
    draw: Draw


class Layer:
    """One layer's units shared out among its experiments."""

    def __init__(self, name: str, placed: Iterable[tuple[Experiment, Sequence[int]]]) -> None:
        self._hash = salted(LAYER_SALT + name)
        self._owners: list[_Place | None] = [None] * BUCKETS
        self.unit = ""
        for experiment, buckets in placed:
            self.unit = experiment.unit
            place = _Place(experiment, Draw(experiment))
            for bucket in buckets:
                self._owners[bucket] = place

    def find(self, unit: str) -> Assigned | None:
        """Return what this layer decides for a unit, None when it takes part in nothing."""
        place = self._owners[int(self._hash(unit) * BUCKETS)]
        if place is None:
            return None
        if place.experiment.kind == INTERLEAVE:
            return Assigned(place.experiment, None)
        return Assigned(place.experiment, place.draw.arm(unit))


@dataclass(frozen=True, slots=True)
class Assignment:
    """Every layer that holds something, in name order; never changed, only replaced."""

    layers: tuple[Layer, ...] = ()

    @classmethod
    def of(cls, placed: Mapping[str, tuple[Experiment, Sequence[int]]]) -> Assignment:
        """Compile what each experiment (by name) holds."""
        by_layer: dict[str, list[tuple[Experiment, Sequence[int]]]] = {}
        for name in sorted(placed):
            experiment, buckets = placed[name]
            if buckets:
                by_layer.setdefault(experiment.layer, []).append((experiment, buckets))
        return cls(tuple(Layer(name, by_layer[name]) for name in sorted(by_layer)))

    def find(self, unit_of: Callable[[str], str | None]) -> list[Assigned]:
        """Return what every layer decides; `unit_of` gives the request's id of a kind of unit.

        A request without the unit that a layer is of takes part in nothing of that layer.
        """
        found = []
        for layer in self.layers:
            unit = unit_of(layer.unit)
            decided = None if unit is None else layer.find(unit)
            if decided is not None:
                found.append(decided)
        return found
