"""The mixture oracle agrees with quadrature, with scipy's densities and with autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import norm

from tests.oracles.mixture import trio

SIGMA = torch.tensor([0.05, 0.5, 2.0, 20.0], dtype=torch.float64)
X = torch.tensor([[-0.8, 0.5], [0.1, 0.2], [1.5, -2.0], [9.0, 14.0]], dtype=torch.float64)


def test_log_p_is_that_of_the_widened_mixture() -> None:
    """Noise of deviation sigma widens every component; weighted scipy densities add up to the same."""
    mixture = trio()
    for i, sigma in enumerate(SIGMA):
        wide = (mixture.deviations.square() + sigma.square()).sqrt()[:, None]
        parts = np.asarray(norm.logpdf(X[i].numpy(), mixture.means.numpy(), wide.numpy())).sum(1)
        expected = float(logsumexp(parts, b=mixture.weights.numpy()))
        assert float(mixture.log_p(X[i : i + 1], SIGMA[i : i + 1])) == pytest.approx(expected, abs=1e-11)


def test_the_denoiser_is_the_mean_of_the_posterior() -> None:
    """Integrated on a fine lattice, clean·p(clean)·p(x | clean) has the mean that denoise gives."""
    mixture = trio()
    axis = torch.linspace(-4, 4, 801, dtype=torch.float64)
    lattice = torch.cartesian_prod(axis, axis)
    clean = mixture.log_p(lattice, torch.zeros(len(lattice), dtype=torch.float64))
    for i in (0, 1, 2):
        posterior = (clean - (X[i] - lattice).square().sum(1) / (2 * SIGMA[i] ** 2)).softmax(0)
        denoised = mixture.denoise(X[i : i + 1], SIGMA[i : i + 1])[0]
        assert torch.allclose(posterior @ lattice, denoised, atol=1e-8)


def test_score_and_denoiser_obey_tweedie() -> None:
    """D = x + sigma^2·score at every level; the two are computed by different formulas."""
    mixture = trio()
    expected = X + SIGMA[:, None].square() * mixture.score(X, SIGMA)
    assert torch.allclose(mixture.denoise(X, SIGMA), expected, atol=1e-11)


def test_the_laplacian_is_the_trace_of_the_score_jacobian() -> None:
    """Autograd's trace and the closed form agree where neither is zero."""
    mixture = trio()
    leaf = X.clone().requires_grad_()
    score = mixture.score(leaf, SIGMA)
    trace = torch.stack(
        [torch.autograd.grad(score[:, i].sum(), leaf, retain_graph=True)[0][:, i] for i in (0, 1)]
    ).sum(0)
    assert torch.allclose(trace, mixture.laplacian(X, SIGMA), rtol=1e-10)
    assert bool((trace.abs() > 1e-3).all())


def test_samples_have_the_stated_moments() -> None:
    """Mean and covariance of many samples are those of `moments`."""
    samples = trio().sample(100_000, torch.Generator().manual_seed(0))
    mean, covariance = trio().moments()
    assert (samples.mean(0) - mean).abs().max() < 0.015
    assert (samples.T.cov() - covariance).abs().max() < 0.015
