"""Tables: one update for a batch in which every row has its own sampler, length and position."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from models.diffusion import grids, samplers
from models.diffusion.tables import Row, Table, advance
from models.exported import registry
from tests.models.diffusion.test_samplers import gauss
from tests.oracles.mixture import trio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

ROW = Row(sigma=1.0, state=2.0, denoised=3.0, anchor=5.0, previous=7.0, noise=11.0)


def test_the_next_state_is_the_weighted_sum_of_five_pictures() -> None:
    """Weights 2, 5, 3, 7, 11 on pictures of 1, 10, 100, 1000, 10000 add up digit by digit."""
    one = torch.ones(1, 2, dtype=torch.float64)
    following, _, previous = advance(
        [ROW], state=one, anchor=10 * one, denoised=100 * one, previous=1000 * one, noise=10_000 * one
    )
    assert following.tolist() == [[2 + 50 + 300 + 7000 + 110_000] * 2]
    assert previous.tolist() == [[100.0, 100.0]]


def test_each_row_finds_the_anchor_it_asked_for() -> None:
    """Kept, the entering state, or the estimate before: chosen row by row, inputs untouched."""
    x = torch.ones(3, 2)
    rows = [
        replace(ROW, anchor_from="anchor"),
        replace(ROW, anchor_from="state"),
        replace(ROW, anchor_from="previous"),
    ]
    given = 10 * x
    _, anchor, _ = advance(rows, state=x, anchor=given, denoised=x, previous=1000 * x, noise=x)
    assert anchor[:, 0].tolist() == [10.0, 1.0, 1000.0]
    assert given.tolist() == [[10.0, 10.0]] * 3


def test_the_cost_left_is_known_at_every_position() -> None:
    """A table of three rows has three evaluations left at the start and none at the end."""
    table = Table(1.0, (ROW, ROW, ROW))
    assert [table.remaining(position) for position in range(4)] == [3, 2, 1, 0]


def mixed_run(requests: Sequence[tuple[Table, int]], dtype: torch.dtype) -> list[Tensor]:
    """Run tables of different length together, each request joining late, one shared call a round."""
    mixture = trio()
    waiting = list(enumerate(requests))
    active: dict[int, tuple[Table, int, tuple[Tensor, Tensor, Tensor]]] = {}
    done: dict[int, Tensor] = {}
    while waiting or active:
        if waiting:
            number, (table, seed) = waiting.pop(0)
            state = table.start * gauss(seed, (1, 2)).to(dtype)
            active[number] = (table, 0, (state, torch.zeros_like(state), torch.zeros_like(state)))
        numbers = list(active)
        rows = [active[n][0].rows[active[n][1]] for n in numbers]
        state, anchor, previous = (torch.cat([active[n][2][slot] for n in numbers]) for slot in range(3))
        sigma = state.new_tensor([row.sigma for row in rows])
        noise = [gauss(7919 * requests[n][1] + active[n][1], (1, 2)).to(dtype) for n in numbers]
        denoised = torch.cat(  # the model's rows are independent, so the mixture is asked row by row
            [mixture.denoise(state[i : i + 1].double(), sigma[i : i + 1].double()) for i in range(len(rows))]
        ).to(dtype)
        moved = advance(
            rows, state=state, anchor=anchor, denoised=denoised, previous=previous, noise=torch.cat(noise)
        )
        for i, n in enumerate(numbers):
            table, position, _ = active.pop(n)
            slots = (moved[0][i : i + 1], moved[1][i : i + 1], moved[2][i : i + 1])
            if table.remaining(position + 1):
                active[n] = (table, position + 1, slots)
            else:
                done[n] = slots[0]
    return [done[n] for n in range(len(requests))]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_sampler_in_one_batch_gives_the_bytes_of_its_solo_run(dtype: torch.dtype) -> None:
    """Late arrivals, other samplers and other lengths in the batch change no bit of a picture."""
    requests = [
        (entry(grids.karras(4 + i % 5, 0.02, 30.0)), i)
        for i, entry in enumerate(map(samplers.sampler, sorted(registry("samplers")) * 2))
    ]
    together = mixed_run(requests, dtype)
    for request, shared in zip(requests, together, strict=True):
        assert mixed_run([request], dtype)[0].numpy().tobytes() == shared.numpy().tobytes()


def test_advance_refuses_a_batch_of_another_length() -> None:
    """One row for each picture, no more and no fewer."""
    x = gauss(0)
    with pytest.raises(ValueError, match="1 rows for a batch of 5"):
        advance([Row(1.0, 1.0, 0.0)], state=x, anchor=x, denoised=x, previous=x, noise=x)
