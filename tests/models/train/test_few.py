"""What a few-step student is taught: the velocity whose step arrives."""

from __future__ import annotations

import torch

from models.diffusion.grids import trailing
from models.diffusion.samplers import FEW_STEPS, few
from models.diffusion.sde import spread
from models.nets.denoiser import LatentDenoiser
from models.nets.dit import DiffusionTransformer, TransformerShape
from models.train.few import JUMPS, trimmed, velocity_between
from models.types import Conditioning
from tests.oracles.mixture import trio


def test_a_step_with_the_velocity_taught_arrives() -> None:
    """From any state at any level, DDIM with the denoiser of that velocity lands on the state aimed at."""
    draw = torch.Generator().manual_seed(4)
    state, arrived = (torch.randn(4, 2, 3, 3, generator=draw, dtype=torch.float64) for _ in range(2))
    sigma = torch.tensor([40.0, 2.3, 1.0, 0.4], dtype=torch.float64)
    target = torch.tensor([2.3, 1.0, 0.0, 0.0], dtype=torch.float64)
    said = velocity_between(state, arrived, sigma, target)

    class Said(DiffusionTransformer):
        """A net that says just that."""

        def forward(self, *_: object) -> torch.Tensor:
            return said

    denoiser = LatentDenoiser(Said(TransformerShape(width=32, depth=1, heads=2, hidden=32)))
    ratio = spread(target / sigma, state)
    clean = denoiser(state, sigma, None, target)
    torch.testing.assert_close(ratio * state + (1 - ratio) * clean, arrived)


def test_where_the_flow_is_straight_the_velocity_taught_is_the_denoisers_own() -> None:
    """For a jump too short to bend, it is that of the mixture's own denoiser."""
    x = torch.randn(5, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    sigma = torch.full((5,), 1.5, dtype=torch.float64)
    clean = trio().denoise(x, sigma)
    near = sigma - 1e-6
    arrived = x + (near - sigma)[:, None] * (x - clean) / sigma[:, None]
    own = (x / (1 + 1.5**2) - clean) * (1 + 1.5**2) ** 0.5 / 1.5
    torch.testing.assert_close(velocity_between(x, arrived, sigma, near), own, atol=1e-6, rtol=1e-6)


def test_the_jumps_are_the_steps_of_all_three_grids() -> None:
    """One, two and four steps: seven jumps between the levels of the finest grid."""
    levels = trailing(4, 0.02, 40.0)
    taught = {(round(levels[a], 9), round(levels[b], 9)) for a, b in JUMPS}
    tables = [few(trailing(steps, 0.02, 40.0)) for steps in FEW_STEPS]
    asked = {(round(row.sigma, 9), round(row.target or 0.0, 9)) for table in tables for row in table.rows}
    assert taught == asked


def test_columns_without_a_word_are_left_out() -> None:
    """One column is kept where there are no words at all."""
    mask = torch.tensor([[True, True, False, False], [True, False, False, False]])
    assert trimmed(Conditioning(torch.zeros(2, 4, 3), mask, torch.zeros(2, 3))).tokens.shape == (2, 2, 3)
    assert trimmed(Conditioning(torch.zeros(2, 4, 3), mask & False, torch.zeros(2, 3))).mask.shape == (2, 1)
