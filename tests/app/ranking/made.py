"""Makes packages, registries and models small enough to be worked out by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from app.domain.errors import NotFound
from app.domain.rankers import RANKER, Package, PackageId
from app.ranking.features.listing import make_list
from app.ranking.learned import read_weights
from app.ranking.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from app.ranking.predict import Predictor, Scores

FEATURES = make_list()
FILE = "weights.json"


@dataclass(slots=True)
class Linear:
    """Scores by a weighted sum; what each column gave is its weight times its value."""

    weights: Scores
    calls: list[int] = field(default_factory=list)
    wait: Callable[[], object] = lambda: None

    def predict(self, matrix: npt.NDArray[np.float32]) -> Scores:
        assert matrix.dtype == np.float32
        assert matrix.shape[1] == len(self.weights)
        self.calls.append(len(matrix))
        self.wait()
        return matrix.astype(np.float64) @ self.weights

    def contributions(self, matrix: npt.NDArray[np.float32]) -> Scores:
        given = matrix.astype(np.float64) * self.weights
        return np.hstack([given, np.zeros((len(matrix), 1))])


def load_linear(package: Package) -> Predictor:
    """Read a linear model: the weight of every column by name."""
    told = json.loads(package.files[FILE])
    if "broken" in told:
        raise ValueError("this is no model")
    names = [*(str(one["name"]) for one in package.features), *(f"ranker.{one}" for one in package.feeds)]
    return Linear(np.array([told.get(name, 0.0) for name in names]))


def linear(
    name: str,
    weights: Mapping[str, float],
    columns: Sequence[str] | None = None,
    feeds: Sequence[PackageId] = (),
) -> Package:
    """Return a package of a linear model over these columns, over all of them when None."""
    bodies = [one.to_body() for one in FEATURES.features if columns is None or one.name in columns]
    return Package(
        id=PackageId(name, 0),
        role=RANKER,
        kind="linear",
        feature_version=FEATURES.version,
        features=tuple(bodies),
        feeds=tuple(feeds),
        files={FILE: json.dumps(dict(weights)).encode()},
    )


@dataclass(slots=True)
class Registry:
    """Holds packages in memory, and counts how often each is read whole."""

    held: dict[PackageId, Package] = field(default_factory=dict)
    loads: list[PackageId] = field(default_factory=list)

    def add(self, package: Package) -> PackageId:
        version = sum(one.name == package.id.name for one in self.held) + 1
        given = PackageId(package.id.name, version)
        self.held[given] = replace(package, id=given)
        return given

    def ids(self) -> list[PackageId]:
        return sorted(self.held)

    def load(self, wanted: PackageId, *, files: bool = True) -> Package:
        if wanted not in self.held:
            raise NotFound("ranker", str(wanted))
        if files:
            self.loads.append(wanted)
        return self.held[wanted] if files else replace(self.held[wanted], files={})


def shelf_of(registry: Registry) -> Shelf:
    """Return a shelf that knows linear models."""
    return Shelf(registry, FEATURES, {"linear": load_linear}, read_weights)
