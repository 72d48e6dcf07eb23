"""Walks a batch through one sampler's table as a generator: the caller owns previews and stopping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from models.diffusion.tables import advance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from models.diffusion.tables import Table
    from models.types import Conditioning, Denoiser


class Draws(Protocol):
    """The noise of a batch by draw number, (B, ...); the same number gives the same noise."""

    def __call__(self, draw: int, /) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """What one model evaluation gave: the estimate of the picture, and the state it led to.

    position: rows done, 1 .. len(table.rows); sigma: where the model was evaluated.
    denoised, state: (B, ...). The last moment's state is the finished batch.
    """

    position: int
    sigma: float
    denoised: Tensor
    state: Tensor


def trajectory(
    denoise: Denoiser, table: Table, state: Tensor, draws: Draws, cond: Conditioning | None = None
) -> Iterator[Moment]:
    """Yield a moment after each model evaluation, starting from `state` = clean + table.start·noise.

    Row k of the table takes draw k + 1; draw 0 is the caller's initial noise. Closing the generator
    stops the walk: no evaluation is made ahead of the one asked for.
    """
    anchor = previous = nothing = state.new_zeros(state.shape)
    for position, row in enumerate(table.rows, start=1):
        denoised = denoise(state, state.new_full((len(state),), row.sigma), cond)
        state, anchor, previous = advance(
            [row] * len(state),
            state=state,
            anchor=anchor,
            denoised=denoised,
            previous=previous,
            noise=draws(position) if row.draws else nothing,
        )
        yield Moment(position, row.sigma, denoised, state)


def finish(moments: Iterator[Moment]) -> Tensor:
    """Walk to the end and return the last state. Raises ValueError when there is no moment."""
    state = None
    for moment in moments:
        state = moment.state
    if state is None:
        raise ValueError("an empty walk has no last state")
    return state
