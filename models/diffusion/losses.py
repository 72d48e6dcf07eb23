"""Says what training minimises: weighted denoising errors, and how noise levels are drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.diffusion.sde import spread

if TYPE_CHECKING:
    from torch import Tensor

    from models.diffusion.precondition import Network
    from models.types import Conditioning, Denoiser


def lognormal_sigma(normal: Tensor, mean: float = -0.4, deviation: float = 1.0) -> Tensor:
    """Turn standard normal numbers (B,) into noise levels with log sigma ~ N(mean, deviation^2).

    Karras et al. 2022, table 1 ("Training: noise distribution"); the defaults suit unit-variance latents.
    """
    return (mean + deviation * normal).exp()


def angle_sigma(uniform: Tensor, sigma_min: float, sigma_max: float) -> Tensor:
    """Turn uniform numbers in [0, 1] (B,) into levels whose angle arctan(sigma) is uniform.

    This is uniform time on the cos/sin path, kept between two levels.
    """
    low, high = math.atan(sigma_min), math.atan(sigma_max)
    return (low + uniform * (high - low)).tan()


def v_weight(sigma: Tensor) -> Tensor:
    """Weight on the denoising error that makes it the mean squared error in v, (B,).

    D - clean = -sin(t)·(v' - v), so the weight is 1 / sin^2(t) = (1 + sigma^2) / sigma^2. It is also
    EDM's lambda(sigma) at sigma_data 1: Karras et al. 2022, table 1 ("Loss weighting").
    """
    return 1 + sigma.square().reciprocal()


def flow_weight(sigma: Tensor) -> Tensor:
    """Weight on the denoising error that makes it the flow-matching error, (B,).

    D - clean = -t·(u' - u) with t = sigma / (1 + sigma), so the weight is 1 / t^2.
    """
    return (1 + sigma.reciprocal()).square()


def denoising_loss(
    denoise: Denoiser, clean: Tensor, noise: Tensor, sigma: Tensor, cond: Conditioning | None = None
) -> Tensor:
    """Return each row's mean squared error of the denoised picture, unweighted, (B,).

    clean and noise are (B, ...), sigma is (B,); multiply by `v_weight` or `flow_weight`.
    Karras et al. 2022, eq. 2.
    """
    error = denoise(clean + spread(sigma, clean) * noise, sigma, cond) - clean
    return error.square().flatten(1).mean(1)


def flow_loss(
    network: Network, clean: Tensor, noise: Tensor, t: Tensor, cond: Conditioning | None = None
) -> Tensor:
    """Return each row's mean squared error of the straight line's velocity noise - clean, (B,).

    Lipman et al. 2023, eq. 23 with sigma_min 0; Liu et al. 2023, eq. 1.
    """
    time = spread(t, clean)
    error = network((1 - time) * clean + time * noise, t, cond) - (noise - clean)
    return error.square().flatten(1).mean(1)
