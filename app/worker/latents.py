"""Writes a latent as bytes and reads it back, and turns pixels into what a system encodes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from app.domain.engine import Pixels

WIDTH_BYTES = 2


def to_bytes(latent: Tensor) -> bytes:
    """Return a latent (C, h, w) as little-endian float16 in that order; values beyond its range saturate."""
    limit = float(np.finfo(np.float16).max)
    return latent.detach().float().cpu().clamp(-limit, limit).numpy().astype("<f2").tobytes()


def from_bytes(content: bytes, shape: Sequence[int]) -> Tensor:
    """Return the latent of this shape, float32. Raises ValueError when it has another size."""
    expected = WIDTH_BYTES * prod(shape)
    if len(content) != expected:
        raise ValueError(
            f"a latent of shape {tuple(shape)} has {expected} bytes in float16, not {len(content)}"
        )
    values = np.frombuffer(content, dtype="<f2").astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError("a latent holds finite numbers only")
    return torch.from_numpy(values).reshape(*shape)


def to_pictures(pixels: Pixels) -> np.ndarray:
    """Return pixels as a batch of one, (1, H, W, 3) uint8. Raises ValueError when bytes are missing."""
    shape = (1, pixels.height, pixels.width, 3)
    if len(pixels.content) != prod(shape):
        raise ValueError(
            f"{pixels.width} x {pixels.height} pixels have {prod(shape)} bytes, not {len(pixels.content)}"
        )
    return np.frombuffer(pixels.content, dtype=np.uint8).reshape(shape)
