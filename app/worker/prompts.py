"""Keeps the conditioning of recent prompts, each computed alone so that no batch can change it."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import torch

from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.worker.system import System


class Prompts:
    """The `capacity` most recently used prompts of one system, as rows of conditioning."""

    def __init__(self, system: System, capacity: int = 256) -> None:
        self._system = system
        self._capacity = capacity
        self._rows: OrderedDict[str, Conditioning] = OrderedDict()

    def row(self, prompt: str) -> Conditioning:
        """Return the conditioning of one prompt, a batch of one."""
        if prompt not in self._rows:
            self._rows[prompt] = self._system.condition([prompt], self._system.length)
        self._rows.move_to_end(prompt)
        if len(self._rows) > self._capacity:
            self._rows.popitem(last=False)
        return self._rows[prompt]

    def batch(self, prompts: Sequence[str]) -> Conditioning:
        """Return the conditioning of prompts, row by row."""
        rows = [self.row(prompt) for prompt in prompts]
        return Conditioning(
            torch.cat([row.tokens for row in rows]),
            torch.cat([row.mask for row in rows]),
            torch.cat([row.pooled for row in rows]),
        )
