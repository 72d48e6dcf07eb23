"""Holds loaded models, each loaded once, and publishes what is deployed as one thing that never changes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput, NotFound, TrouvereError
from app.domain.rankers import FUSION, RANKER, Deployment, PackageId, fold, newest
from app.ranking.predict import make_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.domain.ports import Packages
    from app.domain.rankers import Order
    from app.ranking.features.listing import FeatureList
    from app.ranking.fusion import Fusion
    from app.ranking.predict import Load, Model

logger = logging.getLogger(__name__)
MAX_MODELS = 16  # loaded beside those that are deployed


@dataclass(frozen=True, slots=True)
class Live:
    """What decides answers at one moment: replaced whole, so that a request sees one state.

    A package that could not be loaded is in `broken`, with why.
    """

    deployments: Mapping[str, Deployment] = field(default_factory=dict)
    models: Mapping[PackageId, Model] = field(default_factory=dict)
    fusion: tuple[PackageId, Fusion] | None = None
    broken: Mapping[PackageId, str] = field(default_factory=dict)

    def of(self, role: str) -> Deployment:
        """Return what is deployed for this role."""
        return self.deployments.get(role, Deployment())


class Shelf:
    """Loads packages of the registry and follows orders about them; any thread reads.

    `loaders` make predictors by kind of package, `fuse_with` makes a fusion of a fusion package.
    """

    def __init__(
        self,
        packages: Packages,
        features: FeatureList,
        loaders: Mapping[str, Load],
        fuse_with: Callable[[Mapping[str, bytes]], Fusion],
    ) -> None:
        self._packages = packages
        self.features = features
        self._loaders = loaders
        self._fuse_with = fuse_with
        self._changing = RLock()  # guards loading and the publishing of `live`
        self._models: dict[PackageId, Model] = {}
        self.live = Live()

    def find(self, wanted: str, field_name: str = "ranker") -> PackageId:
        """Return the package named `name` (its newest version) or `name@version`. Raises InvalidInput."""
        name, at, version = wanted.partition("@")
        ids = self._packages.ids()
        found = newest(ids, name)
        if at:
            named = PackageId(name, int(version)) if version.isdecimal() else None
            found = named if named in ids else None
        if found is None:
            known = ", ".join(sorted({one.name for one in ids})) or "none yet"
            raise InvalidInput(field_name, f"{wanted!r} is no ranker; known are {known}")
        return found

    def loaded(self, wanted: PackageId) -> Model | None:
        """Return a model that is in memory, None when it has to be loaded first."""
        return self.live.models.get(wanted) or self._models.get(wanted)

    def load(self, wanted: PackageId) -> Model:
        """Return a model, reading it from the registry once. Raises Conflict, NotFound or Unavailable."""
        with self._changing:
            found = self.loaded(wanted)
            if found is None:
                package = self._packages.load(wanted)
                if package.role != RANKER:
                    raise NotFound("ranker", str(wanted))
                found = make_model(package, self.features, self._loaders, self.load)
                self._models[wanted] = found
                while len(self._models) > MAX_MODELS:
                    self._models.pop(next(iter(self._models)))
            return found

    def load_fusion(self, wanted: PackageId) -> Fusion:
        """Return the fusion that a package of fusion weights holds. Raises Conflict or NotFound."""
        package = self._packages.load(wanted)
        if package.role != FUSION:
            raise NotFound("fusion", str(wanted))
        return self._fuse_with(package.files)

    def follow(self, orders: Sequence[Order]) -> None:
        """Apply orders and publish the state after them; models are loaded and warm before they are seen."""
        with self._changing:
            told = fold(orders, self.live.deployments)
            wanted = _named(told.get(RANKER, Deployment()))
            models, broken = dict[PackageId, "Model"](), dict[PackageId, str]()
            for one in wanted:
                try:
                    models[one] = self.load(one)
                except TrouvereError as error:
                    logger.warning("ranker %s is deployed and cannot be used: %s", one, error.message)
                    broken[one] = error.message
            self.live = Live(told, models, self._fusion(told, broken), broken)

    def _fusion(
        self, told: Mapping[str, Deployment], broken: dict[PackageId, str]
    ) -> tuple[PackageId, Fusion] | None:
        live = told.get(FUSION, Deployment()).live
        if live is None:
            return None
        if self.live.fusion is not None and self.live.fusion[0] == live:
            return self.live.fusion
        try:
            return live, self.load_fusion(live)
        except TrouvereError as error:
            logger.warning("fusion %s is deployed and cannot be used: %s", live, error.message)
            broken[live] = error.message
            return None


def _named(deployment: Deployment) -> list[PackageId]:
    some = (deployment.live, deployment.canary, *deployment.shadows)
    return [one for one in dict.fromkeys(some) if one is not None]
