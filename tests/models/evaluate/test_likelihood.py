"""The density of held-out icons, of a system whose density is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import torch

from models.evaluate.likelihood import latent_density
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.latent import LatentSystem


class Normal:
    """A system to which latents are standard normal, whatever the prompt."""

    space = "latents"
    sigma_span = (0.02, 40.0)

    def encode(self, pictures: np.ndarray) -> torch.Tensor:
        """Return the first pixels, from -1 to 1, as latents (N, 2, 2, 2)."""
        with torch.inference_mode():
            return torch.from_numpy(pictures[:, :2, :2, :2].copy()).float() / 127.5 - 1.0

    def condition(self, prompts: Sequence[str]) -> Conditioning:
        """Say nothing."""
        with torch.inference_mode():
            empty = torch.zeros(len(prompts), 1, 1)
            return Conditioning(empty, empty[..., 0].bool(), empty[:, 0])

    def differentiable(self, x: torch.Tensor, sigma: torch.Tensor, cond: Conditioning) -> torch.Tensor:
        """Return the posterior mean of a standard normal."""
        assert not cond.tokens.is_inference()
        return x / (1 + sigma.square())[:, None, None, None]


def test_it_is_the_density_of_a_normal_in_nats_a_latent_dimension() -> None:
    """The mean over icons is the closed form; the error over icons is theirs, that of the trace none."""
    pictures = np.random.default_rng(0).integers(0, 255, (6, 4, 4, 3), dtype=np.uint8)
    found = latent_density(cast("LatentSystem", Normal()), pictures, ["icon"] * 6)
    latents = Normal().encode(pictures).double().flatten(1)
    variance = 1 + 0.02**2
    exact = -0.5 * (latents.square() / variance + math.log(2 * math.pi * variance)).mean(1)
    assert found.mean == pytest.approx(float(exact.mean()), abs=2e-3)
    assert found.error == pytest.approx(float(exact.std()) / math.sqrt(6), rel=0.02)
    assert found.trace_error == pytest.approx(0.0, abs=1e-4)
    assert found.rows == 6
