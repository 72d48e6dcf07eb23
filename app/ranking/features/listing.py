"""Holds the feature list: its order, its version, and the one way its numbers are computed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from app.ranking.features.definition import declared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.ranking.features.definition import Feature
    from app.ranking.features.scene import Floats, Scene

FeatureMatrix: TypeAlias = npt.NDArray[np.float32]
VERSION_CHARS = 12
LARGEST = 3.0e38  # of what float32 holds, about


@dataclass(frozen=True, slots=True)
class FeatureList:
    """Features in name order, those of the configuration behind those of the build.

    `version` is a digest of every definition: equal versions mean equal numbers in equal columns.
    """

    features: tuple[Feature, ...]
    version: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(one.name for one in self.features)

    def compute(self, scene: Scene) -> FeatureMatrix:
        """Return (n, f) float32, finite throughout: what is unknown is the feature's default."""
        columns = np.empty((len(self.features), scene.num_rows))
        own = {one.name: columns[place] for place, one in enumerate(self.features)}
        staged = replace(scene, own=own)
        num_declared = sum(one.group != "own" for one in self.features)
        for place, one in enumerate(self.features[:num_declared]):
            columns[place] = one.compute(staged)
        _mend_all(columns[:num_declared], self.features)
        for place in range(num_declared, len(self.features)):  # these may read any column above
            columns[place] = self.features[place].compute(staged)
            _mend_all(columns[place : place + 1], self.features[place : place + 1])
        return np.ascontiguousarray(columns.T, np.float32)

    def columns_of(self, features: Sequence[Mapping[str, object]]) -> npt.NDArray[np.intp] | None:
        """Return where these definitions stand in this list, None when one of them is not the same here."""
        known = {one.name: place for place, one in enumerate(self.features)}
        places = []
        for body in features:
            place = known.get(str(body["name"]))
            if place is None or self.features[place].to_body() != dict(body):
                return None
            places.append(place)
        return np.array(places, np.intp)


def make_list(own: Sequence[Feature] = ()) -> FeatureList:
    """Return the list of this build with the configuration's own features behind."""
    features = (*declared(), *own)
    text = json.dumps([one.to_body() for one in features], sort_keys=True)
    return FeatureList(features, hashlib.sha256(text.encode()).hexdigest()[:VERSION_CHARS])


def _mend_all(columns: Floats, features: Sequence[Feature]) -> None:
    """Put defaults where something is unknown; where all is known and within float32, do nothing."""
    if columns.size and not max(columns.max(), -columns.min()) <= LARGEST:  # false where one is NaN, too
        for column, one in zip(columns, features, strict=False):
            _mend(column, one.default)


def _mend(column: Floats, default: float) -> None:
    """Put the default where nothing is known, and the largest float32 where a number is beyond it."""
    column[np.isnan(column)] = default
    np.clip(column, -LARGEST, LARGEST, out=column)
