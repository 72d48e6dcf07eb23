"""What `bench` can measure, one file a kind, with what these share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.benches import generate

if TYPE_CHECKING:
    from types import ModuleType

# In the order that help shows them. Each module has `NAME`, `HELP`, `arguments(parser)`, `run(options)`.
KINDS: tuple[ModuleType, ...] = (generate,)
