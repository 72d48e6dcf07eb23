"""Loads the latent diffusion model of a folder for the worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.latent.system import LatentSystem

if TYPE_CHECKING:
    from app.worker.system import System


def load(source: str) -> System:
    """Return the system in the folder `source`. Raises FileNotFoundError, CheckpointError."""
    return LatentSystem.load(Path(source))
