"""The use case of rankers: what there is, what is deployed, and every decision about it through the log."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.log import Kind, NewRow
from app.domain.rankers import DEPLOY, FUSION, RANKER, ROLLBACK, Deployment, Order, PackageId
from app.ranking.watching import watched

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.domain.log import LogRow
    from app.domain.ports import Exposures, Log, Packages
    from app.domain.rankers import Package
    from app.ranking.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as the log holds it."""

    lsn: int
    at: float
    order: Order


class Rankers:
    """Tells of packages and decides about them; every process follows the same rows of the log.

    `applied` waits until this process has followed the log up to an LSN.
    """

    def __init__(
        self,
        log: Log,
        packages: Packages,
        shelf: Shelf,
        exposures: Exposures,
        applied: Callable[[int], Awaitable[None]],
    ) -> None:
        self._log = log
        self._exposures = exposures
        self._packages = packages
        self._shelf = shelf
        self._applied = applied
        self._decisions: list[Decision] = []

    def follow(self, rows: Sequence[LogRow]) -> None:
        """Carry out the decisions among these rows; called in log order, on one thread."""
        seen = self._decisions[-1].lsn if self._decisions else 0
        news = [
            Decision(row.lsn, row.at, Order.from_row(row.key, row.body))
            for row in rows
            if row.kind is Kind.RANKER and row.lsn > seen
        ]
        if news:
            self._shelf.follow([one.order for one in news])
            self._decisions += news

    def feature_names(self, version: str) -> tuple[str, ...] | None:
        """Return the columns of a feature list, None where this build has another."""
        features = self._shelf.features
        return features.names if features.version == version else None

    def tell(self) -> dict[str, Any]:
        """Return every name with its versions, newest first, and what is deployed for each role."""
        by_name: dict[str, list[PackageId]] = {}
        for one in self._packages.ids():
            by_name.setdefault(one.name, []).append(one)
        live = self._shelf.live
        return {
            "rankers": [self._told(name, sorted(ids, reverse=True)) for name, ids in sorted(by_name.items())],
            "deployed": [deployment_body(role, live.of(role)) for role in (RANKER, FUSION)],
            "feature_version": self._shelf.features.version,
        }

    def _told(self, name: str, ids: Sequence[PackageId]) -> dict[str, Any]:
        live = self._shelf.live
        packages = [self._packages.load(one, files=False) for one in ids]
        return {
            "name": name,
            "role": packages[0].role,
            "versions": [self._version(one) for one in packages],
            "history": [
                {"lsn": one.lsn, "at": one.at, "action": one.order.action} | one.order.to_body()
                for one in self._decisions
                if one.order.id.name == name
            ],
            "broken": {str(one): why for one, why in live.broken.items() if one.name == name},
        }

    def _version(self, package: Package) -> dict[str, Any]:
        known = package.role == FUSION or self._shelf.features.columns_of(package.features) is not None
        return {
            "version": package.id.version,
            "kind": package.kind,
            "status": status_of(package.id, self._shelf.live.of(package.role)),
            "feature_version": package.feature_version,
            "feature_version_known": known,
            "num_features": len(package.features),
            "feeds": [str(one) for one in package.feeds],
            **package.facts,
        }

    async def decide(
        self, action: str, name: str, version: int | None, caller: str, **details: Any
    ) -> dict[str, Any]:
        """Write a decision and return what is deployed once this process has carried it out.

        `caller` is whose it is, as the history tells; `details` are `percent` of a canary and `enabled` of a
        shadow. Raises NotFound, Conflict for a package that this build cannot use or a rollback of what is
        not live.
        """
        if not 0 <= details.get("percent", 0.0) <= 100:
            raise InvalidInput("percent", "a share from 0 to 100 is wanted here")
        chosen = self._choose(name, version)
        package = self._packages.load(chosen, files=False)
        if action == ROLLBACK:
            live = self._shelf.live.of(package.role).live
            if live is None or live.name != name or (version is not None and live != chosen):
                raise Conflict(f"{name} is not live: {live or 'nothing'} is")
            chosen = live
        else:
            await asyncio.to_thread(self._try, package, action)
        order = Order(action, chosen, package.role, caller=caller, **details)
        appended = await self._log.append([NewRow(Kind.RANKER, name, order.to_body())])
        await self._applied(appended.lsn)
        return deployment_body(package.role, self._shelf.live.of(package.role)) | {"lsn": appended.lsn}

    async def report(self, name: str) -> dict[str, Any]:
        """Return how versions of this name that watched compare with what was shown. Raises NotFound."""
        self._choose(name, None)
        told = await asyncio.to_thread(watched, self._exposures, self._log, name)
        return {"name": name, "shadows": told}

    def _choose(self, name: str, version: int | None) -> PackageId:
        """Return the package meant; a rollback means what is live, whatever newer versions there are."""
        ids = [one for one in self._packages.ids() if one.name == name]
        found = max(ids, default=None) if version is None else PackageId(name, version)
        if found is None or found not in ids:
            raise NotFound("ranker", name if version is None else f"{name}@{version}")
        return found

    def _try(self, package: Package, action: str) -> None:
        """Load the package before anybody decides to use it."""
        if package.role != FUSION:
            self._shelf.load(package.id)
        elif action != DEPLOY:
            raise InvalidInput("name", f"{package.id} holds fusion weights: they are deployed or rolled back")
        else:
            self._shelf.load_fusion(package.id)


def status_of(one: PackageId, deployment: Deployment) -> str:
    """Return what a package is used for: live, canary, shadow, or idle."""
    if one == deployment.live:
        return "live"
    if one == deployment.canary:
        return "canary"
    return "shadow" if one in deployment.shadows else "idle"


def deployment_body(role: str, deployment: Deployment) -> dict[str, Any]:
    """Return what is deployed, as JSON values."""
    live, canary = deployment.live, deployment.canary
    return {
        "role": role,
        "live": None if live is None else str(live),
        "canary": None if canary is None else {"ranker": str(canary), "percent": deployment.percent},
        "shadows": [str(one) for one in deployment.shadows],
        "before": None if not deployment.past or deployment.past[-1] is None else str(deployment.past[-1]),
    }
