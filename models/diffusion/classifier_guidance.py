"""Steers a denoiser with the gradient of a classifier that reads noisy latents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch

from models.exported import exported

if TYPE_CHECKING:
    from torch import Tensor

    from models.types import Conditioning, Denoiser


class LogProbability(Protocol):
    """log p(y | x; sigma) of the wanted answer y: x (B, ...), sigma (B,) → (B,), differentiable in x."""

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor: ...


@exported("guidance", "classifier")
def classifier(denoise: Denoiser, log_probability: LogProbability, scale: float = 1.0) -> Denoiser:
    """Move towards what a noise-aware classifier recognises as the wanted answer.

    At scale 1 and with exact models the result is the denoiser of p(x | y).
    Dhariwal & Nichol 2021, eq. 10-14; Song et al. 2021 (score SDE), eq. 14.
    """

    def guided(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        # score(x | y) = score(x) + grad log p(y | x), and D = x + sigma^2·score (Karras 2022, eq. 3).
        variance = (sigma * sigma).reshape(-1, *[1] * (x.ndim - 1))  # (B, 1, ...)
        return denoise(x, sigma, cond) + scale * variance * gradient(log_probability, x, sigma)

    return guided


def gradient(log_probability: LogProbability, x: Tensor, sigma: Tensor) -> Tensor:
    """Return the gradient of log p(y | x; sigma) in x, row by row, (B, ...), without touching x's graph."""
    with torch.inference_mode(mode=False), torch.enable_grad():
        leaf = x.detach().clone().requires_grad_()
        total = log_probability(leaf, sigma).sum()
        return torch.autograd.grad(total, leaf)[0]
