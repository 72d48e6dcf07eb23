"""One denoiser on every path: scores, priors, ODE and reverse-time SDE against the mixture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch
from scipy.stats import norm

from models.diffusion import sde
from tests.models.diffusion.test_paths import PATHS
from tests.oracles.mixture import Mixture, trio

if TYPE_CHECKING:
    from torch import Tensor

    from models.diffusion.paths import Path

TIMES = torch.tensor([0.02, 0.2, 0.5, 0.9], dtype=torch.float64)


def points() -> Tensor:
    """Four points of the plane."""
    return torch.tensor([[-0.6, 0.3], [0.4, 0.8], [0.2, -0.9], [1.4, -1.6]], dtype=torch.float64)


def on_path(path: Path, mixture: Mixture, t: float) -> Mixture:
    """The mixture as the path shows it at time t, apart from the noise."""
    alpha = path.alpha(torch.tensor(t, dtype=torch.float64))
    return Mixture(mixture.weights, alpha * mixture.means, alpha * mixture.deviations)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_score_of_any_path_comes_from_the_one_denoiser(path: Path) -> None:
    """The score is the gradient of log p_t, where p_t is the scaled mixture plus the path's noise."""
    actual = sde.score(path, trio().denoise, points(), TIMES)
    for i, t in enumerate(TIMES):
        expected = on_path(path, trio(), float(t)).score(points()[i : i + 1], path.sigma(TIMES[i : i + 1]))
        assert torch.allclose(actual[i : i + 1], expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("randomness", [0.0, 0.7, 1.0])
def test_the_reverse_process_keeps_the_marginals(path: Path, randomness: float) -> None:
    """Fokker–Planck: d p_t/dt = -div(v p) + r^2 g^2/2·(-laplacian p) holds at every point tested."""
    x, mixture = points(), trio()
    for t in (0.1, 0.5, 0.8):
        time = torch.full((4,), t, dtype=torch.float64)
        step = 1e-5
        late, early = (on_path(path, mixture, t + s).log_p(x, path.sigma(time + s)) for s in (step, -step))
        rate = (late - early) / (2 * step)
        leaf = x.clone().requires_grad_()
        motion = sde.velocity(path, mixture.denoise, leaf, time, randomness=randomness)
        divergence = sum(
            torch.autograd.grad(motion[:, i].sum(), leaf, retain_graph=True)[0][:, i] for i in (0, 1)
        )
        shown = on_path(path, mixture, t)
        score, laplacian = shown.score(x, path.sigma(time)), shown.laplacian(x, path.sigma(time))
        # Reverse in time, the noise term counts negative: log p' = -div v - v·s - r^2 g^2/2 (div s + |s|^2).
        spread = randomness**2 * path.diffusion(time).square() / 2 * (laplacian + score.square().sum(1))
        expected = -divergence - (motion.detach() * score).sum(1) - spread
        assert torch.allclose(rate, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_reverse_sde_samples_the_mixture_on_every_path(path: Path) -> None:
    """Steps even in log level, from the prior: moments and shares of the components come out right."""
    num = 2_000
    generator = torch.Generator().manual_seed(11)
    levels = torch.logspace(math.log10(40.0), -2, 100, dtype=torch.float64)
    times = path.time(levels).tolist()

    def draws(_: int) -> Tensor:
        return torch.randn(num, 2, dtype=torch.float64, generator=generator)

    start = sde.level(path, path.time(levels[:1])) * draws(0) * path.alpha(path.time(levels[:1]))
    *_, end = sde.simulate(path, trio().denoise, start, times, draws)
    end = end / path.alpha(torch.tensor(times[-1], dtype=torch.float64))
    mean, covariance = trio().moments()
    assert (end.mean(0) - mean).abs().max() < 0.06
    assert (end.T.cov() - covariance).abs().max() < 0.06
    shares = trio().responsibilities(end, torch.full((num,), 0.01).double()).mean(0)
    assert (shares - trio().weights).abs().max() < 0.03


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_probability_flow_is_one_curve_seen_on_five_scales(path: Path) -> None:
    """d(x_t/alpha)/d(level) is (x_t/alpha - D)/level on every path: the network sees one ODE."""
    x, mixture = points(), trio()
    t = TIMES.clone().requires_grad_()
    (level_rate,) = torch.autograd.grad(sde.level(path, t).sum(), t)
    alpha, level = path.alpha(TIMES)[:, None], sde.level(path, TIMES)
    slope = sde.velocity(path, mixture.denoise, x, TIMES)
    rescaled = (slope - path.drift(TIMES)[:, None] * x) / alpha / level_rate[:, None]
    expected = (x / alpha - mixture.denoise(x / alpha, level)) / level[:, None]
    assert torch.allclose(rescaled, expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_prior_density_is_that_of_its_samples(path: Path) -> None:
    """Log density equals scipy's normal of the sample's deviation, and it matches the true p_T."""
    noise = torch.randn(6, 3, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x = sde.prior_sample(path, noise)
    deviation = float((x / noise).mean())
    expected = torch.from_numpy(norm.logpdf(x.numpy(), scale=deviation)).sum((1, 2, 3))
    assert torch.allclose(sde.prior_log_density(path, x), expected, atol=1e-9)
    end = torch.full((6,), path.horizon, dtype=torch.float64)
    far = on_path(path, trio(), path.horizon).log_p(x[:, 0, 0], path.sigma(end))
    assert torch.allclose(sde.prior_log_density(path, x[:, 0, 0]), far, atol=0.1)


def test_the_marginal_is_what_noising_gives() -> None:
    """Mean and deviation are the path's two scales around the clean picture."""
    path = PATHS["straight"]
    mean, deviation = sde.marginal(path, points(), TIMES)
    assert torch.allclose(mean, (1 - TIMES[:, None]) * points())
    assert torch.equal(deviation, TIMES)


def test_without_randomness_no_noise_is_drawn() -> None:
    """The probability-flow Euler steps never ask for noise."""

    def never(_: int) -> Tensor:
        raise AssertionError

    path = PATHS["vp_linear"]
    steps = list(sde.simulate(path, trio().denoise, points(), [0.5, 0.4, 0.3], never, randomness=0.0))
    half = torch.full((4,), 0.5, dtype=torch.float64)
    first = points() - 0.1 * sde.velocity(path, trio().denoise, points(), half)
    assert torch.allclose(steps[0], first)
    assert len(steps) == 2
