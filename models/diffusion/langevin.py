"""Corrects states by Langevin steps at a fixed noise level, alone or after each predictor step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from models.diffusion.sde import spread
from models.diffusion.tables import Table, advance
from models.diffusion.trajectory import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from models.diffusion.trajectory import Draws
    from models.types import Conditioning, Denoiser


def correct(
    denoise: Denoiser,
    x: Tensor,
    sigma: Tensor,
    noise: Tensor,
    *,
    snr: float = 0.16,
    cond: Conditioning | None = None,
) -> Tensor:
    """Take one Langevin step towards p(x; sigma), (B, ...), its length set by a signal-to-noise ratio.

    x and noise are (B, ...), sigma is (B,). Each row has its own step: norms are never averaged over
    the batch. Song et al. 2021 (score SDE), algorithm 4.
    """
    score = (denoise(x, sigma, cond) - x) / spread(sigma, x).square()
    # epsilon = 2·(snr·|z|/|score|)^2; x <- x + epsilon·score + sqrt(2·epsilon)·z
    epsilon = spread(2 * (snr * _norms(noise) / _norms(score)).square(), x)
    return x + epsilon * score + (2 * epsilon).sqrt() * noise


def predictor_corrector(
    denoise: Denoiser,
    table: Table,
    state: Tensor,
    draws: Draws,
    *,
    num_corrections: int = 1,
    snr: float = 0.16,
    cond: Conditioning | None = None,
) -> Iterator[Moment]:
    """Yield a moment after each predictor row and the corrections at the level it reached.

    The predictor is a one-step sampler: `euler_maruyama` makes Song et al. 2021 (score SDE),
    algorithm 2. Row k takes draw k + 1; its corrections take draws from num_rows + 1 on. Costs
    1 + num_corrections evaluations a row, the last row 1. Raises ValueError when the table's rows
    look further back than one step.
    """
    if any(row.anchor or row.previous for row in table.rows):
        raise ValueError(
            "a corrector needs a one-step predictor: its moves would falsify a memory of earlier rows"
        )
    nothing, num_rows = state.new_zeros(state.shape), len(table.rows)
    for position, row in enumerate(table.rows, start=1):
        denoised = denoise(state, state.new_full((len(state),), row.sigma), cond)
        state, _, _ = advance(
            [row] * len(state),
            state=state,
            anchor=nothing,
            denoised=denoised,
            previous=nothing,
            noise=draws(position) if row.draws else nothing,
        )
        if position < num_rows:
            sigma = state.new_full((len(state),), table.rows[position].sigma)
            for number in range(num_corrections):
                draw = num_rows + 1 + (position - 1) * num_corrections + number
                state = correct(denoise, state, sigma, draws(draw), snr=snr, cond=cond)
        yield Moment(position, row.sigma, denoised, state)


def _norms(x: Tensor) -> Tensor:
    # Row by row: a reduction over a batch may add in another order.
    return torch.stack([row.norm() for row in x])  # (B,)
