"""Recall branches, one a file; importing this package exports their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from app.search.branches import browse, term, text
from models.exported import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.search.types import Branch

__all__ = ["browse", "make_branches", "term", "text"]


def make_branches() -> dict[str, Branch]:
    """Return one new branch of every exported kind, by name."""
    return {name: cast("Callable[[], Branch]", one.value)() for name, one in registry("branches").items()}
