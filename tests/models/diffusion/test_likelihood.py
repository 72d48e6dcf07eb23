"""Likelihood: the mixture's own log density, from every path, exact or with an honest error bar."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from scipy.stats import norm

from models.diffusion.likelihood import Likelihood, log_likelihood, measuring, rademacher
from models.diffusion.paths import VE, LinearVP
from tests.models.diffusion.test_paths import PATHS
from tests.oracles.mixture import Mixture, trio

if TYPE_CHECKING:
    from torch import Tensor

    from models.diffusion.paths import Path

X = torch.tensor([[-0.8, 0.5], [0.6, -1.1], [0.1, 0.2], [1.6, 1.7]], dtype=torch.float64)
LOW = torch.full((4,), 0.05, dtype=torch.float64)


def true_prior(path: Path) -> object:
    """The density at the horizon as the mixture really has it there."""
    end = torch.full((4,), path.horizon, dtype=torch.float64)
    alpha, sigma = path.alpha(end), path.sigma(end)
    shown = Mixture(trio().weights, alpha[0] * trio().means, alpha[0] * trio().deviations)
    return lambda x: shown.log_p(x, sigma)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_exact_trace_gives_the_mixtures_log_density_on_every_path(path: Path) -> None:
    """With the true density at the horizon, only the solver's tolerance is left."""
    found = log_likelihood(
        path,
        trio().denoise,
        X,
        space="latents",
        sigma_min=0.05,
        log_prior=true_prior(path),  # type: ignore[arg-type]  # a lambda of the same shape
        rtol=1e-7,
        atol=1e-7,
    )
    assert torch.allclose(found.nats, trio().log_p(X, LOW), atol=2e-5)
    assert found.standard_error.tolist() == [0.0] * 4


def test_the_divergence_under_test_is_not_zero() -> None:
    """Leaving the volume out would be wrong by many nats: log p is not the prior of the noise."""
    path = VE()
    found = log_likelihood(path, trio().denoise, X, space="latents", sigma_min=0.05)
    prior = torch.from_numpy(norm.logpdf(found.noise.numpy(), scale=math.sqrt(1 + 80**2))).sum(1)
    assert bool(((found.nats - prior).abs() > 5).all())
    assert torch.allclose(found.nats, trio().log_p(X, LOW), atol=5e-3)


def test_probes_estimate_the_trace_within_their_standard_error() -> None:
    """Errors of many rows, divided by their standard errors, have a deviation near 1."""
    x = trio().sample(24, torch.Generator().manual_seed(2))
    probes = rademacher(12, x, torch.Generator().manual_seed(3))
    found = log_likelihood(
        LinearVP(), trio().denoise, x, space="latents", sigma_min=0.1, probes=probes, rtol=1e-4, atol=1e-4
    )
    exact = trio().log_p(x, torch.full((24,), 0.1).double())
    normalised = (found.nats - exact) / found.standard_error.clamp(min=0.01)
    assert bool((found.standard_error > 0).all())
    assert float((found.nats - exact).abs().mean()) > 1e-3
    assert 0.3 < float(normalised.square().mean().sqrt()) < 1.6


def test_pictures_of_any_shape_are_measured() -> None:
    """A (B, C, h, w) Gaussian in float32 has the log density of its d independent values."""
    one = torch.ones(1)
    gaussian = Mixture(one, torch.zeros(1, 12), 0.5 * one)
    x = 0.5 * torch.randn(3, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        found = log_likelihood(VE(), gaussian.denoise, x, space="pixels", sigma_min=0.05)
    scale = math.sqrt(0.25 + 0.05**2)
    expected = torch.from_numpy(norm.logpdf(x.numpy(), scale=scale)).sum((1, 2, 3)).float()
    assert torch.allclose(found.nats, expected, atol=2e-2)
    assert found.num_dims == 12


def test_bits_per_dim_are_those_of_the_quantised_picture() -> None:
    """For a wide density, density bits plus 7 equal -log2 of the probability of the pixel's bin."""
    left, width = np.linspace(-0.9, 0.9, 50), 2 / 256
    probability = norm.cdf(left + width, 0.1, 0.8) - norm.cdf(left, 0.1, 0.8)
    nats = torch.from_numpy(norm.logpdf(left + width / 2, 0.1, 0.8))
    bits = measured("pixels", nats).bits_per_dim()
    assert torch.allclose(bits, torch.from_numpy(-np.log2(probability)), atol=1e-4)


def test_the_dequantisation_constant_depends_on_the_range() -> None:
    """256 levels in [-1, 1] add 7 bits, in [0, 1] 8; two dimensions halve the density's share."""
    likelihood = measured("pixels", torch.tensor([math.log(4.0)]), num_dims=2)
    assert likelihood.bits_per_dim().tolist() == pytest.approx([6.0])
    assert likelihood.bits_per_dim(span=1.0).tolist() == pytest.approx([7.0])


def test_units_of_pixels_and_latents_are_never_confused() -> None:
    """Asking latents for bits per pixel channel, or pixels for latent nats, is refused."""
    latents = measured("latents", torch.tensor([6.0]), num_dims=3)
    assert latents.nats_per_latent_dim().tolist() == [2.0]
    with pytest.raises(ValueError, match="of latents, not of pixels"):
        latents.bits_per_dim()
    with pytest.raises(ValueError, match="of pixels, not of latents"):
        measured("pixels", torch.tensor([6.0])).nats_per_latent_dim()


def test_a_single_probe_is_refused() -> None:
    """Without a spread there is no error bar, so there is no answer."""
    with pytest.raises(ValueError, match="one probe"):
        log_likelihood(VE(), trio().denoise, X, space="latents", sigma_min=0.05, probes=X[None].sign())


def measured(space: str, nats: Tensor, num_dims: int = 1) -> Likelihood:
    """A likelihood as if it had been measured."""
    assert space in {"pixels", "latents"}
    nothing = torch.zeros_like(nats)
    return Likelihood("pixels" if space == "pixels" else "latents", nats, nothing, num_dims, nothing, 1)


def test_a_measurement_that_pauses_is_the_same() -> None:
    """It stops after each evaluation that it tells, and has the bits of one without pauses."""
    x = trio().sample(2, torch.Generator().manual_seed(2))
    whole = log_likelihood(VE(), trio().denoise, x, space="latents", sigma_min=0.05)
    steps = measuring(VE(), trio().denoise, x, space="latents", sigma_min=0.05, probes=None)
    pauses = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found = end.value
            break
        pauses += 1
    assert torch.equal(found.nats, whole.nats)
    assert pauses == found.num_evaluations == whole.num_evaluations
