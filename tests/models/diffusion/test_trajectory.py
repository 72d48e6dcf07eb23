"""Walking a table: one evaluation a moment, none ahead, and the last state is the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from models.diffusion import grids, noise, samplers
from models.diffusion.tables import Row, Table
from models.diffusion.trajectory import finish, trajectory
from models.types import Conditioning
from tests.oracles.mixture import trio

if TYPE_CHECKING:
    from torch import Tensor


class Counted:
    """The mixture's denoiser, remembering what it was asked."""

    def __init__(self) -> None:
        self.levels: list[float] = []
        self.conds: list[Conditioning | None] = []

    def __call__(self, x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        assert sigma.shape == (len(x),)
        self.levels.append(float(sigma[0]))
        self.conds.append(cond)
        return trio().denoise(x, sigma)


def draws(draw: int, /) -> Tensor:
    """Noise for three pictures."""
    return noise.batch([(5, 0), (5, 1), (5, 2)], draw, (2,)).double()


def test_stopping_early_saves_the_evaluations_left() -> None:
    """A caller who has seen enough after two moments has paid for two evaluations."""
    denoise, table = Counted(), samplers.heun(grids.karras(8, 0.05, 10.0))
    walk = trajectory(denoise, table, table.start * draws(0), draws)
    first, second = next(walk), next(walk)
    assert (first.position, second.position, len(denoise.levels)) == (1, 2, 2)
    assert (first.sigma, second.sigma) == (table.rows[0].sigma, table.rows[1].sigma)


def test_a_moment_shows_the_estimate_and_the_state_it_led_to() -> None:
    """One Euler step from 2 to 1 lands half-way between the state and the estimate."""
    start = 2 * draws(0)
    moment = next(trajectory(trio().denoise, samplers.euler((2.0, 1.0, 0.0)), start, draws))
    assert torch.equal(moment.denoised, trio().denoise(start, torch.full((3,), 2.0).double()))
    assert torch.allclose(moment.state, (start + moment.denoised) / 2, atol=1e-15)


def test_rows_take_the_draw_of_their_position() -> None:
    """Row k takes draw k + 1, so a walk taken up again in the middle sees the noise it would have seen."""
    asked = []

    def remembered(draw: int, /) -> Tensor:
        asked.append(draw)
        return draws(draw)

    table = samplers.edm_churn(grids.karras(5, 0.02, 20.0))
    finish(trajectory(trio().denoise, table, table.start * draws(0), remembered))
    assert asked == [k + 1 for k, row in enumerate(table.rows) if row.draws]


def test_the_prompt_reaches_every_evaluation() -> None:
    """The conditioning is handed on as it is."""
    cond = Conditioning(torch.zeros(3, 1, 4), torch.zeros(3, 1).bool(), torch.zeros(3, 4))
    denoise = Counted()
    finish(trajectory(denoise, samplers.euler((2.0, 1.0, 0.0)), draws(0), draws, cond))
    assert [given is cond for given in denoise.conds] == [True, True]


def test_a_tail_of_the_grid_redraws_a_known_picture() -> None:
    """Re-noised to a low level and finished by the tail, samples stay close to where they were."""
    clean = trio().sample(3, torch.Generator().manual_seed(4))
    tail = grids.tail(grids.karras(20, 0.02, 20.0), 0.15)
    table = samplers.dpmpp_2m(tail)
    end = finish(trajectory(trio().denoise, table, clean + table.start * draws(0), draws))
    assert table.start <= 0.15
    assert len(table.rows) < 20
    assert (end - clean).norm(dim=1).max() < 4 * 0.15


def test_an_empty_table_has_no_end() -> None:
    """Without an evaluation there is no picture."""
    with pytest.raises(ValueError, match="empty walk"):
        finish(trajectory(trio().denoise, Table(1.0, ()), draws(0), draws))


def test_a_row_without_noise_weight_does_not_draw() -> None:
    """Whether a row draws is read from its weight."""
    assert not Row(1.0, 0.5, 0.5).draws
    assert Row(1.0, 0.5, 0.5, noise=0.1).draws
