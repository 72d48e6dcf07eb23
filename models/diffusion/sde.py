"""Lets one denoiser answer for every path: score, prior, reverse-time SDE, probability-flow ODE.

The change of scale and time is D at (x_t / alpha, sigma / alpha): the network only ever sees
clean + level·noise (Karras et al. 2022, section 2 and table 1).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from models.diffusion.paths import Path
    from models.diffusion.trajectory import Draws
    from models.types import Conditioning, Denoiser


def spread(values: Tensor, x: Tensor) -> Tensor:
    """View (B,) as (B, 1, ...) so that it multiplies the rows of x (B, ...)."""
    return values.reshape(-1, *[1] * (x.ndim - 1))


def level(path: Path, t: Tensor) -> Tensor:
    """Return the noise level sigma / alpha that the network is told, (B,)."""
    return path.sigma(t) / path.alpha(t)


def marginal(path: Path, clean: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean (B, ...) and standard deviation (B,) of x_t given the clean picture."""
    return spread(path.alpha(t), clean) * clean, path.sigma(t)


def prior_sample(path: Path, noise: Tensor) -> Tensor:
    """Turn standard normal noise (B, ...) into a state at the horizon."""
    return _prior_deviation(path, noise) * noise


def prior_log_density(path: Path, x: Tensor) -> Tensor:
    """Return log density in nats, (B,), of states (B, ...) at the horizon."""
    variance = _prior_deviation(path, x).square()
    flat = x.reshape(len(x), -1)
    return -(flat.square() / variance + (2 * math.pi * variance).log()).sum(1) / 2


def denoised(path: Path, denoise: Denoiser, x: Tensor, t: Tensor, cond: Conditioning | None = None) -> Tensor:
    """Return E[clean | x_t], (B, ...), for a state of this path."""
    return denoise(x / spread(path.alpha(t), x), level(path, t), cond)


def score(path: Path, denoise: Denoiser, x: Tensor, t: Tensor, cond: Conditioning | None = None) -> Tensor:
    """Return the gradient of log p_t(x), (B, ...)."""
    # score = (alpha·D - x)/sigma^2; Karras et al. 2022, eq. 3, on the path's scale.
    alpha, sigma = spread(path.alpha(t), x), spread(path.sigma(t), x)
    return (alpha * denoised(path, denoise, x, t, cond) - x) / sigma.square()


def velocity(
    path: Path,
    denoise: Denoiser,
    x: Tensor,
    t: Tensor,
    *,
    cond: Conditioning | None = None,
    randomness: float = 0.0,
) -> Tensor:
    """Return dx/dt of the reverse process that adds `randomness`·g(t) of fresh noise, (B, ...).

    0 is the probability-flow ODE and 1 the reverse-time SDE; all share the marginals p_t.
    """
    # f·x - (1 + randomness^2)/2·g^2·score; Song et al. 2021 (score SDE), eq. 6 and 13; Huang et al. 2021.
    g = spread(path.diffusion(t), x)
    push = (1 + randomness**2) / 2 * g.square() * score(path, denoise, x, t, cond)
    return spread(path.drift(t), x) * x - push


def simulate(
    path: Path,
    denoise: Denoiser,
    x: Tensor,
    times: Sequence[float],
    draws: Draws,
    *,
    cond: Conditioning | None = None,
    randomness: float = 1.0,
) -> Iterator[Tensor]:
    """Yield the state at each later time of `times` (decreasing), by Euler–Maruyama steps.

    Step k takes draw k, counted from 1. With randomness 0 it is Euler's method and draws nothing.
    """
    for number, (now, following) in enumerate(pairwise(times), start=1):
        t = x.new_full((len(x),), now)
        slope = velocity(path, denoise, x, t, cond=cond, randomness=randomness)
        x = x + (following - now) * slope
        if randomness:
            # The Brownian increment over |dt| has deviation sqrt(|dt|); Song et al. 2021, eq. 6.
            scale = randomness * spread(path.diffusion(t), x) * math.sqrt(now - following)
            x = x + scale * draws(number)
        yield x


def _prior_deviation(path: Path, x: Tensor) -> Tensor:
    # Latents have unit variance, so the moment-matched prior is N(0, alpha^2 + sigma^2).
    end = x.new_tensor(path.horizon)
    return (path.alpha(end).square() + path.sigma(end).square()).sqrt()
