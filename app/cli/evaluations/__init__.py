"""What `evaluate` can measure, one file a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.evaluations import behavior, generator, search

if TYPE_CHECKING:
    from types import ModuleType

# In the order that help shows them. Each module has `NAME`, `HELP`, `arguments(parser)`, `run(options)`.
KINDS: tuple[ModuleType, ...] = (behavior, search, generator)
