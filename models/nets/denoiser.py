"""Turns a velocity network into the denoiser D(x; sigma, cond) that every sampler calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.nets.packed import velocities
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from models.nets.dit import DiffusionTransformer


class LatentDenoiser:
    """EDM preconditioning at sigma_data = 1, which is v-prediction with sigma = tan(t).

    Karras et al. 2022, table 1: c_skip = 1 / (1 + sigma^2), c_in = 1 / sqrt(1 + sigma^2) and, since
    the network gives v (Salimans & Ho 2022, appendix D), c_out = -sigma / sqrt(1 + sigma^2).
    """

    def __init__(self, net: DiffusionTransformer, length: int = 20) -> None:
        self.net = net
        self.length = length

    def __call__(
        self, x: Tensor, sigma: Tensor, cond: Conditioning | None, target: Tensor | None = None
    ) -> Tensor:
        """Return the expected clean latents (B, C, h, w) of x = clean + sigma * noise; sigma is (B,).

        target: (B,) where a few-step student is to arrive with a DDIM step towards what it returns.
        """
        told = self.unconditional(x) if cond is None else cond
        level = sigma.to(x.dtype).reshape(-1, *[1] * (x.ndim - 1))
        variance = 1.0 + level.square()
        velocity: Tensor = self.net(x / variance.sqrt(), sigma, told.tokens, told.mask, told.pooled, target)
        return x / variance - level / variance.sqrt() * velocity.to(x.dtype)

    def each(
        self, latents: Sequence[Tensor], sigma: Tensor, cond: Conditioning, target: Tensor | None = None
    ) -> list[Tensor]:
        """Return the expected clean latents of latents (C, h_i, w_i), whose sizes may differ, in one pass.

        Nothing is padded, so that a row costs what it holds; its bits depend on nothing but itself.
        """
        variances = [1.0 + level.square() for level in sigma.to(latents[0].dtype)]
        scaled = [x / variance.sqrt() for x, variance in zip(latents, variances, strict=True)]
        told = velocities(self.net, scaled, sigma, cond.tokens, cond.mask, cond.pooled, target)
        return [
            x / variance - level / variance.sqrt() * velocity.to(x.dtype)
            for x, variance, level, velocity in zip(latents, variances, sigma, told, strict=True)
        ]

    def unconditional(self, x: Tensor) -> Conditioning:
        """Return the conditioning of the empty prompt for each row of x."""
        count, dim = self.length + self.net.shape.shown, self.net.shape.text_dim
        tokens = x.new_zeros(len(x), count, dim)
        return Conditioning(tokens, x.new_zeros(len(x), count).bool(), x.new_zeros(len(x), dim))
