"""Applies an arm's part of a search body to a request."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from app.domain.errors import InvalidInput
from app.domain.search import BranchOptions, SearchRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Override = Mapping[str, Any]

BRANCHES = "branches"
# What of a search an experiment may decide: how it is answered, never what was asked or by whom.
OVERRIDABLE = tuple(
    field.name
    for field in fields(SearchRequest)
    if field.name in {BRANCHES, "fusion", "ranker", "generate", "min_score", "diversify", "max_per_category"}
)


def check_override(override: Override, where: str) -> None:
    """Refuse what an experiment may not decide. Raises InvalidInput naming the field below `where`."""
    for name in override:
        if name not in OVERRIDABLE:
            known = ", ".join(OVERRIDABLE)
            raise InvalidInput(f"{where}.{name}", f"an arm may decide {known}; {name!r} is none of them")


def apply_override(request: SearchRequest, override: Override) -> SearchRequest:
    """Return the request with what the arm decides; of a branch only what the arm names is changed."""
    plain = {name: value for name, value in override.items() if name != BRANCHES}
    if BRANCHES not in override:
        return replace(request, **plain) if plain else request
    branches = dict(request.branches)
    for name, options in override[BRANCHES].items():
        branches[name] = replace(branches.get(name, BranchOptions()), **options)
    return replace(request, branches=branches, **plain)


def decided(override: Override) -> Iterator[str]:
    """Yield the path of every single thing the arm decides: `fusion`, `branches.term.weight`."""
    for name, value in override.items():
        if name != BRANCHES:
            yield name
            continue
        for branch, options in value.items():
            yield from (f"{BRANCHES}.{branch}.{option}" for option in options)
