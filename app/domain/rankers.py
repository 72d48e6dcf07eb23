"""Holds trained packages and what is deployed of them: a function of the log's rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NONE = "none"
RANKER, FUSION = "ranker", "fusion"  # what a package can be: the two parts of an answer it may decide
DEPLOY, SHADOW, CANARY, ROLLBACK = "deploy", "shadow", "canary", "rollback"
ACTIONS: Final = (DEPLOY, SHADOW, CANARY, ROLLBACK)
MAX_HISTORY = 100
ANONYMOUS = "anonymous"  # who decides at a door that asks for no key


@dataclass(frozen=True, slots=True, order=True)
class PackageId:
    """A package's name and its version, from 1 on."""

    name: str
    version: int

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Package:
    """What training produced: files by name, and a manifest that says how they came about.

    `role` is `ranker` or `fusion`; `kind` names the model's format; `features` are the definitions of
    the model's columns in order, `feeds` the packages whose scores are further columns.
    """

    id: PackageId
    role: str
    kind: str
    feature_version: str
    features: tuple[Mapping[str, Any], ...]
    feeds: tuple[PackageId, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)  # metrics, data window, seed, moment
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RankerReport:
    """Which ranker ordered an answer. `status` is ok, or why the fused order stands: fused, late, failed."""

    name: str = NONE
    version: int | None = None
    status: str = "fused"
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One decision about a package, as a row of the log holds it."""

    action: str
    id: PackageId
    role: str = RANKER
    percent: float = 0.0
    enabled: bool = True
    caller: str | None = None  # whose decision it is; rows of earlier builds do not say

    def to_body(self) -> dict[str, Any]:
        """Return the body of the row; its key is the package's name."""
        body: dict[str, Any] = {"action": self.action, "version": self.id.version, "role": self.role}
        body["caller"] = self.caller
        if self.action == CANARY:
            body["percent"] = self.percent
        if self.action == SHADOW:
            body["enabled"] = self.enabled
        return body

    @classmethod
    def from_row(cls, key: str, body: Mapping[str, Any]) -> Order:
        """Read what `to_body` wrote."""
        return cls(
            action=str(body["action"]),
            id=PackageId(key, int(body["version"])),
            role=str(body.get("role", RANKER)),
            percent=float(body.get("percent", 0.0)),
            enabled=bool(body.get("enabled", True)),
            caller=body.get("caller"),
        )


@dataclass(frozen=True, slots=True)
class Deployment:
    """What decides one role now. `past` are packages that were live before, the newest last.

    None stands for nothing: the fused order, or the fusion of the settings. `percent` of the units
    are given `canary` instead of `live`.
    """

    live: PackageId | None = None
    past: tuple[PackageId | None, ...] = ()
    canary: PackageId | None = None
    percent: float = 0.0
    shadows: tuple[PackageId, ...] = ()

    def after(self, order: Order) -> Deployment:
        """Return the deployment that this order leads to."""
        if order.action == DEPLOY:
            past = (*self.past, self.live)[-MAX_HISTORY:]
            canary = None if self.canary == order.id else self.canary
            shadows = tuple(one for one in self.shadows if one != order.id)
            return Deployment(order.id, past, canary, self.percent if canary else 0.0, shadows)
        if order.action == ROLLBACK:
            live = self.past[-1] if self.past else None
            return replace(self, live=live, past=self.past[:-1], canary=None, percent=0.0)
        if order.action == CANARY:
            on = order.percent > 0
            return replace(self, canary=order.id if on else None, percent=order.percent if on else 0.0)
        others = tuple(one for one in self.shadows if one != order.id)
        return replace(self, shadows=tuple(sorted((*others, order.id))) if order.enabled else others)


def fold(orders: Iterable[Order], start: Mapping[str, Deployment]) -> dict[str, Deployment]:
    """Return the deployment of every role after these orders, in their order."""
    told = dict(start)
    for order in orders:
        told[order.role] = told.get(order.role, Deployment()).after(order)
    return told


def newest(packages: Sequence[PackageId], name: str) -> PackageId | None:
    """Return the highest version of this name, None when there is none."""
    return max((one for one in packages if one.name == name), default=None)
