"""Langevin correction: pulls wrong states to the right density and leaves right ones there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from models.diffusion import grids, samplers
from models.diffusion.langevin import correct, predictor_corrector
from models.diffusion.trajectory import finish, trajectory
from tests.oracles.mixture import Mixture, trio

if TYPE_CHECKING:
    from torch import Tensor


class Noise:
    """Noise by draw number, remembering which numbers were asked for."""

    def __init__(self, *shape: int) -> None:
        self.asked: list[int] = []
        self.shape = shape

    def __call__(self, draw: int, /) -> Tensor:
        self.asked.append(draw)
        return torch.randn(self.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(draw))


def test_one_step_is_algorithm_4() -> None:
    """It gives x + epsilon·score + sqrt(2·epsilon)·z with epsilon = 2·(snr·|z|/|score|)^2, row by row."""
    noise = Noise(3, 2)
    x, z = noise(1), noise(2)
    sigma = torch.tensor([0.3, 1.0, 4.0], dtype=torch.float64)
    moved = correct(trio().denoise, x, sigma, z, snr=0.2)
    for i in range(3):
        g = trio().score(x[i : i + 1], sigma[i : i + 1])[0]
        epsilon = 2 * (0.2 * z[i].norm() / g.norm()) ** 2
        assert torch.allclose(moved[i], x[i] + epsilon * g + (2 * epsilon).sqrt() * z[i], atol=1e-12)


def gaussian() -> Mixture:
    """One Gaussian of variance 0.5 in 256 dimensions, where the norms that set the step hardly vary."""
    one = torch.ones(1, dtype=torch.float64)
    return Mixture(one, torch.zeros(1, 256, dtype=torch.float64), 0.5**0.5 * one)


@pytest.mark.parametrize("factor", [0.7, 1.4])
def test_correction_moves_a_wrong_density_to_the_right_one(factor: float) -> None:
    """Started too narrow or too wide at sigma 1, many small steps give the variance 0.5 + 1."""
    noise, sigma = Noise(100, 256), torch.ones(100, dtype=torch.float64)
    x = factor * 1.5**0.5 * noise(0)
    for draw in range(1, 120):
        x = correct(gaussian().denoise, x, sigma, noise(draw), snr=0.15)
    assert float(x.square().mean()) == pytest.approx(1.5, rel=0.06)


def test_predictor_corrector_repairs_a_coarse_predictor() -> None:
    """With few steps, corrected samples have a variance nearer to 0.5 than the predictor's alone."""
    table = samplers.euler_maruyama(grids.karras(12, 0.1, 20.0))
    noise = Noise(100, 256)
    start = table.start * noise(0)
    alone = finish(trajectory(gaussian().denoise, table, start, noise))
    both = finish(predictor_corrector(gaussian().denoise, table, start, noise, num_corrections=4, snr=0.25))
    errors = [abs(float(end.square().mean()) - 0.5) for end in (alone, both)]
    assert errors[1] < errors[0] / 2


def test_every_correction_has_a_draw_of_its_own() -> None:
    """Rows take draws 1 .. n as in a plain walk, corrections n + 1 onwards, none twice."""
    table = samplers.ancestral(grids.karras(4, 0.1, 5.0))
    noise = Noise(5, 2)
    moments = predictor_corrector(trio().denoise, table, noise(0), noise, num_corrections=2)
    assert [moment.position for moment in moments] == [1, 2, 3, 4]
    assert noise.asked == [0, 1, 5, 6, 2, 7, 8, 3, 9, 10]


def test_without_corrections_it_is_the_plain_walk() -> None:
    """Zero corrections give the bytes of `trajectory`."""
    table = samplers.ancestral(grids.karras(4, 0.1, 5.0))
    noise = Noise(5, 2)
    plain = finish(trajectory(trio().denoise, table, noise(0), noise))
    corrected = finish(predictor_corrector(trio().denoise, table, noise(0), noise, num_corrections=0))
    assert torch.equal(plain, corrected)


@pytest.mark.parametrize("name", ["heun", "dpmpp_2m", "unipc"])
def test_predictors_with_a_memory_are_refused(name: str) -> None:
    """Moving the state between rows would falsify what multi-step and two-stage rows remember."""
    table = samplers.sampler(name)(grids.karras(6, 0.1, 5.0))
    noise = Noise(5, 2)
    with pytest.raises(ValueError, match="one-step predictor"):
        next(predictor_corrector(trio().denoise, table, noise(0), noise))
