"""Keeps the conditioning of recent prompts, each computed alone so that no batch can change it."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, TypeAlias

import torch

from app.worker.latents import from_bytes
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.worker.system import System

# A prompt, and the latents that are shown beside it.
Told: TypeAlias = tuple[str, tuple[bytes, ...]]


class Prompts:
    """The `capacity` most recently used prompts of one system, as rows of conditioning."""

    def __init__(self, system: System, capacity: int = 256) -> None:
        self._system = system
        self._capacity = capacity
        self._rows: OrderedDict[Told, Conditioning] = OrderedDict()

    def row(self, prompt: str, shown: tuple[bytes, ...] = ()) -> Conditioning:
        """Return the conditioning of one prompt with the latents shown beside it, a batch of one.

        Raises ValueError for latents of another shape than the system's.
        """
        told = (prompt, shown)
        if told not in self._rows:
            latents = [from_bytes(latent, self._system.latent_shape) for latent in shown]
            self._rows[told] = self._system.condition([prompt], self._system.length, [latents])
        self._rows.move_to_end(told)
        if len(self._rows) > self._capacity:
            self._rows.popitem(last=False)
        return self._rows[told]

    def batch(self, told: Sequence[Told]) -> Conditioning:
        """Return the conditioning of prompts with what is shown beside them, row by row."""
        rows = [self.row(prompt, shown) for prompt, shown in told]
        return Conditioning(
            torch.cat([row.tokens for row in rows]),
            torch.cat([row.mask for row in rows]),
            torch.cat([row.pooled for row in rows]),
        )
