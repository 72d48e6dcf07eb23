"""Scores candidates with a trained package: columns picked, other models fed in, one matrix predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from app.domain.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.rankers import Package, PackageId
    from app.ranking.features.listing import FeatureList, FeatureMatrix

    Load: TypeAlias = Callable[[Package], "Predictor"]
    LoadModel: TypeAlias = Callable[[PackageId], "Model"]

Scores: TypeAlias = npt.NDArray[np.float64]
WARM_ROWS = 500


class Predictor(Protocol):
    """A trained model over its own columns; read from any thread."""

    def predict(self, matrix: npt.NDArray[np.float32]) -> Scores:
        """Return the score of each row of (n, f), (n,); higher is better."""
        ...

    def contributions(self, matrix: npt.NDArray[np.float32]) -> Scores:
        """Return (n, f + 1): what each column gave and, last, what the model says of nothing.

        A row sums to its score.
        """
        ...


@dataclass(frozen=True, slots=True)
class Model:
    """A package ready to predict. `places` (f,) are its columns in the feature list; `feeds` come behind."""

    id: PackageId
    names: tuple[str, ...]
    places: npt.NDArray[np.intp]
    feeds: tuple[Model, ...]
    predictor: Predictor

    def inputs(self, matrix: FeatureMatrix) -> FeatureMatrix:
        """Return what the model looks at, (n, f + feeds), of rows of the whole feature list."""
        own = matrix if len(self.places) == matrix.shape[1] else matrix[:, self.places]
        if not self.feeds:
            return np.ascontiguousarray(own)
        fed = [one.scores(matrix).astype(np.float32)[:, None] for one in self.feeds]
        return np.hstack([own, *fed])

    def scores(self, matrix: FeatureMatrix) -> Scores:
        """Return the score of each row, (n,)."""
        return self.predictor.predict(self.inputs(matrix))

    def contributions(self, matrix: FeatureMatrix) -> Scores:
        """Return (n, f + feeds + 1): the columns of `names`, then what the model says of nothing."""
        return self.predictor.contributions(self.inputs(matrix))


def make_model(
    package: Package, features: FeatureList, loaders: Mapping[str, Load], feed: LoadModel
) -> Model:
    """Return the package ready to predict, and warm.

    Raises Conflict, naming the package, when it was trained on features that this build does not know,
    or in a format that it does not.
    """
    places = places_of(package, features)
    load = loaders.get(package.kind)
    if load is None:
        known = ", ".join(sorted(loaders))
        raise Conflict(f"ranker {package.id} is of the kind {package.kind!r}; this build knows {known}")
    feeds = tuple(feed(one) for one in package.feeds)
    names = (*(str(one["name"]) for one in package.features), *(f"ranker.{one.id}" for one in feeds))
    try:
        predictor = load(package)
    except ValueError as error:
        raise Conflict(f"ranker {package.id} cannot be loaded: {error}") from error
    model = Model(package.id, names, places, feeds, predictor)
    model.scores(np.zeros((WARM_ROWS, len(features.features)), np.float32))
    return model


def places_of(package: Package, features: FeatureList) -> npt.NDArray[np.intp]:
    """Return where the package's columns stand in the list. Raises Conflict where one is not known here."""
    places = features.columns_of(package.features)
    if places is None:
        known = {one.name: one.to_body() for one in features.features}
        other = [str(b["name"]) for b in package.features if known.get(str(b["name"])) != dict(b)]
        raise Conflict(
            f"ranker {package.id} was trained on the feature list {package.feature_version}, which this "
            f"build ({features.version}) does not know: it has other definitions of {', '.join(other[:5])}"
        )
    return places
