"""Takes the density of real held-out icons: nats a latent dimension, which are no bits of pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from models.diffusion.likelihood import log_likelihood, rademacher
from models.diffusion.paths import Straight
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.latent.system import LatentSystem

PROBES = 4


@dataclass(frozen=True, slots=True)
class LatentDensity:
    """Mean log density, given the caption, in nats a latent dimension, over `rows` icons.

    error: standard error of the mean over icons. trace_error: that of one row's trace estimate.
    """

    mean: float
    error: float
    trace_error: float
    rows: int


def latent_density(system: LatentSystem, pictures: np.ndarray, prompts: Sequence[str]) -> LatentDensity:
    """Follow the probability-flow ODE from pictures (N, size, size, 3) uint8 to the prior.

    Song et al. 2021 (score SDE), appendix D.2, in the space of the system's latents.
    """
    # Clones, because what was made in inference mode cannot take part in a gradient.
    latents, told = system.encode(pictures).clone(), system.condition(prompts)
    cond = Conditioning(told.tokens.clone(), told.mask.clone(), told.pooled.clone())
    low, high = system.sigma_span
    found = log_likelihood(
        Straight(high / (1 + high)),
        lambda x, sigma, _: system.differentiable(x, sigma, cond),
        latents,
        space=system.space,
        sigma_min=low,
        probes=rademacher(PROBES, latents, torch.Generator().manual_seed(0)),
        cond=cond,
        rtol=1e-3,
        atol=1e-3,
    )
    rows = found.nats_per_latent_dim().double().numpy()
    return LatentDensity(
        float(rows.mean()),
        float(np.std(rows, ddof=1) / np.sqrt(len(rows))) if len(rows) > 1 else 0.0,
        float(found.standard_error.mean()) / found.num_dims,
        len(rows),
    )
