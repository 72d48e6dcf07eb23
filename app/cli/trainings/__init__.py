"""What `train` can train, one file a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.trainings import (
    autoencoder,
    classifier,
    contrastive,
    denoiser,
    few,
    flow,
    fusion,
    judge,
    ranker,
    reuse,
    weak,
)

if TYPE_CHECKING:
    from types import ModuleType

# In the order that help shows them. Each module has `NAME`, `HELP`, `arguments(parser)`, `run(options)`.
KINDS: tuple[ModuleType, ...] = (
    autoencoder,
    denoiser,
    weak,
    few,
    classifier,
    flow,
    contrastive,
    judge,
    ranker,
    fusion,
    reuse,
)
