"""The adaptive solver: as accurate as asked, row by row, and the samplers' independent witness."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import pytest
import torch

from models.diffusion import grids, samplers
from models.diffusion.ode import NoConvergence, flow, solve
from models.diffusion.paths import VE
from models.diffusion.trajectory import finish, trajectory
from tests.models.diffusion.test_paths import PATHS
from tests.models.diffusion.test_samplers import gauss
from tests.oracles.mixture import Mixture, trio

if TYPE_CHECKING:
    from torch import Tensor

    from models.diffusion.paths import Path


@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-8])
def test_the_error_follows_the_tolerance(tolerance: float) -> None:
    """An oscillator with a different frequency in each row ends where cosine says."""
    frequency = torch.tensor([1.0, 5.0, 20.0], dtype=torch.float64)

    def slope(x: Tensor, t: Tensor) -> Tensor:
        del t
        return torch.stack([frequency * x[:, 1], -frequency * x[:, 0]], 1)

    start = torch.tensor([[1.0, 0.0]] * 3, dtype=torch.float64)
    end = solve(slope, start, 0.0, 3.0, rtol=tolerance, atol=tolerance).x
    exact = torch.stack([(3 * frequency).cos(), -(3 * frequency).sin()], 1)
    assert (end - exact).abs().max() < 100 * tolerance


def test_time_may_run_backwards_and_matter() -> None:
    """The equation x' = 2 t x from 2 to 1 multiplies by e^(1 - 4)."""
    one = torch.ones(2, 1, dtype=torch.float64)
    end = solve(lambda x, t: 2 * t[:, None] * x, one, 2.0, 1.0, rtol=1e-9, atol=1e-12).x
    assert torch.allclose(end, one * math.exp(-3), rtol=1e-8)


def test_a_row_does_not_feel_its_mates() -> None:
    """Easy and stiff rows solved together have the bytes of each solved alone."""
    stiffness = torch.logspace(-1, 2, 19)

    def slope(x: Tensor, t: Tensor, rates: Tensor = stiffness) -> Tensor:
        return -rates[:, None] * (x - t[:, None] * x.flip(1))

    x = gauss(0, (19, 2)).float()
    together = solve(slope, x, 0.2, 1.0).x
    for i in range(19):
        alone = solve(partial(slope, rates=stiffness[i : i + 1]), x[i : i + 1], 0.2, 1.0).x
        assert alone[0].numpy().tobytes() == together[i].numpy().tobytes()


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_every_path_carries_the_same_noise_to_the_same_picture(path: Path) -> None:
    """The flow of a Gaussian is known: x/alpha shrinks like sqrt(variance + level^2)."""
    one = torch.ones(1, dtype=torch.float64)
    gaussian = Mixture(one, torch.zeros(1, 2).double(), 0.7 * one)
    high, low = path.time(torch.tensor([30.0, 0.01]).double()).tolist()
    alpha_high, alpha_low = path.alpha(torch.tensor([high, low]).double())
    x = 30 * gauss(0)
    end = flow(path, gaussian.denoise, alpha_high * x, high, low, rtol=1e-9, atol=1e-10).x / alpha_low
    assert torch.allclose(end, x * math.sqrt((0.49 + 1e-4) / (0.49 + 900)), rtol=1e-6)


def test_encoding_inverts_sampling() -> None:
    """There and back along the flow returns the start."""
    x = 20 * gauss(0)
    path = VE(sigma_max=20.0)
    there = flow(path, trio().denoise, x, 1.0, 0.3, rtol=1e-9, atol=1e-9).x
    back = flow(path, trio().denoise, there, 0.3, 1.0, rtol=1e-9, atol=1e-9).x
    assert torch.allclose(back, x, rtol=1e-6)


def test_samplers_tend_to_what_the_solver_finds() -> None:
    """Heun with many steps and the adaptive solver end in the same pictures."""
    path, x = VE(sigma_min=0.05, sigma_max=10.0), 10 * gauss(2)
    solved = flow(path, trio().denoise, x, 1.0, 0.0, rtol=1e-8, atol=1e-8).x
    end = trio().denoise(solved, torch.full((5,), 0.05).double())
    walked = finish(trajectory(trio().denoise, samplers.heun(grids.exponential(400, 0.05, 10.0)), x, gauss))
    assert torch.allclose(walked, end, atol=2e-4)


def test_a_slope_that_is_not_a_number_ends_in_an_error() -> None:
    """Steps are cut until the limit, and then the caller is told."""
    with pytest.raises(NoConvergence, match="within 20 steps"):
        solve(lambda x, t: x * t[:, None] * math.nan, torch.ones(1, 1), 0.0, 1.0, max_steps=20)
