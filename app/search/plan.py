"""Decides which branches a search fires, how deep, how loud and for how long."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput
from app.domain.search import BranchOptions
from app.search.types import PlannedBranch

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from app.domain.search import SearchRequest
    from app.search.collection import Collection
    from app.search.types import Branch, Prepared

DEPTH = 100  # the same for every limit, so that pages agree whatever their size
MIN_DEADLINE_MS, MAX_DEADLINE_MS = 1.0, 10_000.0
MAX_WEIGHT = 1_000.0
REMEMBERED = 512
NO_OPTIONS = BranchOptions()
SWITCHED_OFF = "switched off by the request"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a branch is given when the caller says nothing; `beside` is its weight where something was asked.

    Who asks is a hint beside words, and all there is to go by without them.
    """

    weight: float = 1.0
    deadline_ms: float = 1_000.0
    beside: float | None = None


USUAL = Defaults()


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans for these branches; `encoded` are the spaces that queries can be encoded for.

    A space's encoder knows the scripts of `scripts`; a query written in others still asks it, at
    `foreign_weight` of its weight: an English encoder sees little in Chinese. A space that is not
    in `scripts` knows every script.
    """

    branches: Mapping[str, Branch]
    encoded: Container[str] = ()
    defaults: Mapping[str, Defaults] = field(default_factory=dict)
    scripts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    foreign_weight: float = 0.1

    def plan(
        self, request: SearchRequest, prepared: Prepared, collection: Collection
    ) -> tuple[PlannedBranch, ...]:
        """Return one entry for every branch, in name order.

        Raises InvalidInput for an unknown branch, a weight or a deadline out of range, and when the
        caller switched off every branch that could answer.
        """
        self._check(request.branches)
        planned = tuple(
            self._one(name, request.branches.get(name, NO_OPTIONS), prepared, collection)
            for name in sorted(self.branches)
        )
        reasons = {one.why for one in planned}
        if None not in reasons and SWITCHED_OFF in reasons:
            raise InvalidInput("branches", "every branch that could answer this search is switched off")
        return planned

    def _one(
        self, name: str, options: BranchOptions, prepared: Prepared, collection: Collection
    ) -> PlannedBranch:
        branch = self.branches[name]
        default = self.defaults.get(name, USUAL)
        weight = options.weight if options.weight is not None else self._weight(default, branch, prepared)
        off = options.enabled is False or weight == 0
        why = (
            self._why_not(branch, prepared, collection)
            or (SWITCHED_OFF if off else None)
            or _spared(branch, options, prepared, collection)
        )
        deadline_ms = default.deadline_ms if options.deadline_ms is None else options.deadline_ms
        return _planned(name, weight, branch.depth or DEPTH, deadline_ms, why)

    def _why_not(self, branch: Branch, prepared: Prepared, collection: Collection) -> str | None:
        why = branch.why_not(collection, prepared)
        if why is not None or branch.space is None or branch.space in prepared.vectors:
            return why
        return None if branch.space in self.encoded else f"no encoder runs for {branch.space} vectors"

    def _weight(self, default: Defaults, branch: Branch, prepared: Prepared) -> float:
        known = self.scripts.get(branch.space or "")
        foreign = known is not None and prepared.like is None and not prepared.scripts <= known
        beside = default.beside is not None and not prepared.is_front_page
        weight = default.beside if beside and default.beside is not None else default.weight
        return weight * (self.foreign_weight if foreign else 1.0)

    def _check(self, options: Mapping[str, BranchOptions]) -> None:
        for name, one in options.items():
            here = f"branches.{name}"
            if name not in self.branches:
                raise InvalidInput(
                    here, f"{name!r} is no branch; known are {', '.join(sorted(self.branches))}"
                )
            _within(f"{here}.weight", one.weight, 0.0, MAX_WEIGHT)
            _within(f"{here}.deadline_ms", one.deadline_ms, MIN_DEADLINE_MS, MAX_DEADLINE_MS)


# One search's plan is much like another's.
@lru_cache(REMEMBERED)
def _planned(name: str, weight: float, depth: int, deadline_ms: float, why: str | None) -> PlannedBranch:
    return PlannedBranch(name, weight, depth, deadline_ms, why)


def _spared(branch: Branch, options: BranchOptions, prepared: Prepared, collection: Collection) -> str | None:
    """Return why a branch that the request does not name is not worth its while here, None when it is."""
    spared = getattr(branch, "spared", None)
    is_named = options.enabled is True or options.weight is not None
    return None if spared is None or is_named else spared(collection, prepared)


def _within(name: str, value: float | None, least: float, most: float) -> None:
    if value is not None and not (math.isfinite(value) and least <= value <= most):
        raise InvalidInput(name, f"a number from {least:g} to {most:g} is wanted here")
