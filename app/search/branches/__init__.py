"""Recall branches, one a file; importing this package exports their names."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from app.search.branches import behavior, browse, image, preference, region, term, text, trending
from app.search.branches.own import OwnVectorsBranch
from models.exported import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.search.types import Branch

__all__ = [
    "behavior",
    "browse",
    "image",
    "make_branches",
    "preference",
    "region",
    "term",
    "text",
    "trending",
]

NO_FIELDS: Mapping[str, str] = MappingProxyType({})


def make_branches(fields: Mapping[str, str] = NO_FIELDS) -> dict[str, Branch]:
    """Return one new branch of every exported kind, and one a vector field, by name.

    `fields` are the metrics of the vector fields, by field.
    """
    own = [OwnVectorsBranch(field, metric) for field, metric in fields.items()]
    made = {name: cast("Callable[[], Branch]", one.value)() for name, one in registry("branches").items()}
    return made | {branch.name: branch for branch in own}
