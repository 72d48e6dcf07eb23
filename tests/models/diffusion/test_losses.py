"""Losses: weights are changes of parametrisation, and levels follow the stated distributions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from models.diffusion import losses, precondition
from tests.oracles.mixture import trio

if TYPE_CHECKING:
    from torch import Tensor

    from models.diffusion.precondition import Network
    from models.types import Conditioning

GENERATOR_SEED = 3


def numbers(*shape: int, seed: int = GENERATOR_SEED) -> Tensor:
    """Standard normals, float64."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def network(x: Tensor, label: Tensor, cond: Conditioning | None) -> Tensor:
    """A function with no special structure."""
    del cond
    return (x + label[:, None, None, None]).cos()


CLEAN, NOISE = numbers(6, 3, 4, 4), numbers(6, 3, 4, 4, seed=4)
SIGMA = torch.tensor([0.01, 0.2, 0.7, 1.0, 5.0, 70.0], dtype=torch.float64)


def test_the_v_weight_turns_denoising_error_into_error_in_v() -> None:
    """Weighted denoising loss equals the plain mean squared error of the network's v."""
    t = SIGMA.atan()[:, None, None, None]
    target = t.cos() * NOISE - t.sin() * CLEAN
    predicted = network(t.cos() * CLEAN + t.sin() * NOISE, SIGMA.atan(), None)
    expected = (predicted - target).square().mean((1, 2, 3))
    denoise = precondition.v_prediction(network)
    actual = losses.v_weight(SIGMA) * losses.denoising_loss(denoise, CLEAN, NOISE, SIGMA)
    assert torch.allclose(actual, expected, rtol=1e-9)


def test_the_flow_weight_turns_denoising_error_into_flow_matching() -> None:
    """Weighted denoising loss of a velocity network equals its flow-matching loss."""
    denoise = precondition.flow_prediction(network)
    expected = losses.flow_loss(network, CLEAN, NOISE, SIGMA / (1 + SIGMA))
    actual = losses.flow_weight(SIGMA) * losses.denoising_loss(denoise, CLEAN, NOISE, SIGMA)
    assert torch.allclose(actual, expected, rtol=1e-9)


def test_an_untrained_network_has_unit_loss_at_every_level() -> None:
    """With output zero and unit-variance data the v-loss is 1 whatever sigma: EDM's design goal."""
    zero: Network = lambda x, label, cond: 0 * x  # noqa: ARG005, E731  # a protocol in one line
    clean, noise = numbers(6, 40_000), numbers(6, 40_000, seed=4)
    for maker in (precondition.v_prediction, precondition.edm):
        loss = losses.v_weight(SIGMA) * losses.denoising_loss(maker(zero), clean, noise, SIGMA)
        assert torch.allclose(loss, torch.ones(6).double(), atol=0.03)


def test_the_exact_denoiser_has_the_least_loss() -> None:
    """Scaling the mixture's denoiser away from the truth, either way, costs more at each level."""
    clean = trio().sample(20_000, torch.Generator().manual_seed(1))
    noise = numbers(20_000, 2)
    for level in (0.2, 1.0, 3.0):
        sigma = torch.full((20_000,), level, dtype=torch.float64)
        best, short, long = (
            losses.denoising_loss(
                lambda x, s, c, k=k: k * trio().denoise(x, s, c), clean, noise, sigma
            ).mean()
            for k in (1.0, 0.9, 1.1)
        )
        assert best < min(short, long)


def test_lognormal_levels_have_the_stated_mean_and_deviation() -> None:
    """The logarithm of sigma is the normal number moved and stretched."""
    sigma = losses.lognormal_sigma(
        torch.tensor([0.0, 1.0, -2.0], dtype=torch.float64), mean=-0.4, deviation=1.5
    )
    assert torch.allclose(sigma.log(), torch.tensor([-0.4, 1.1, -3.4], dtype=torch.float64))


def test_uniform_angles_run_from_the_lowest_to_the_highest_level() -> None:
    """0 and 1 give the ends, one half the mean angle."""
    sigma = losses.angle_sigma(torch.tensor([0.0, 0.5, 1.0]).double(), 0.002, 80.0)
    middle = math.tan((math.atan(0.002) + math.atan(80.0)) / 2)
    assert torch.allclose(sigma, torch.tensor([0.002, middle, 80.0], dtype=torch.float64), rtol=1e-9)
