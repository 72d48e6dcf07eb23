"""Names what the worker asks of a model: words to conditioning, noise to latents, latents to pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from torch import Tensor

    from models.types import Conditioning, Denoiser


class System(Protocol):
    """One model with its text encoder and decoder; rows never depend on their batch mates."""

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) over the model's files."""
        ...

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Return the shape of one latent, (C, h, w)."""
        ...

    @property
    def length(self) -> int:
        """Return the number of text tokens a row is told."""
        ...

    @property
    def denoiser(self) -> Denoiser:
        """Return `denoise` as it can be differentiated, for one row at a time."""
        ...

    @property
    def space(self) -> Literal["pixels", "latents"]:
        """Return the space whose density the denoiser knows."""
        ...

    def condition(self, prompts: Sequence[str], length: int) -> Conditioning:
        """Return the conditioning of prompts, padded to `length` tokens; "" is unconditional."""
        ...

    def denoise(self, x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        """Return the expected clean latents (B, C, h, w) of x (B, C, h, w) at sigma (B,)."""
        ...

    def encode(self, pictures: np.ndarray) -> Tensor:
        """Return latents (B, C, h, w) of pictures (B, H, W, 3) uint8. Raises ValueError for other sizes."""
        ...

    def decode(self, latents: Tensor) -> np.ndarray:
        """Return pictures (B, H, W, 3) uint8 of latents (B, C, h, w)."""
        ...

    def preview(self, latents: Tensor) -> np.ndarray:
        """Return quick pictures, maybe smaller, (B, h', w', 3) uint8 of latents (B, C, h, w)."""
        ...
