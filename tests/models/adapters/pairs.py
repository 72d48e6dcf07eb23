"""A folder as we load it beside the same folder as diffusers does, and what both are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from tests.models.adapters import checkpoints

if TYPE_CHECKING:
    from pathlib import Path

    from models.adapters.diffusers_system import DiffusersSystem

PROMPTS = ["a red cat", "clock"]
SIZE = checkpoints.SIDE * checkpoints.FACTOR
T5 = 6
LATENTS = torch.randn(2, 4, checkpoints.SIDE, checkpoints.SIDE, generator=torch.Generator().manual_seed(1))


@dataclass(frozen=True, slots=True)
class Pair:
    """One layout as we load it and as diffusers does."""

    layout: str
    folder: Path
    ours: DiffusersSystem
    theirs: Any

    @property
    def is_flow(self) -> bool:
        """Whether it is a rectified flow."""
        return self.layout in {"sd3", "flux"}
