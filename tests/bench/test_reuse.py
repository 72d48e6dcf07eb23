"""Tests that the replayed stream repeats itself, and that evaluations are counted as they are run."""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch

from models.diffusion.grids import karras, tail
from models.icons import load_icons
from models.reuse import ReuseTable, Step
from models.train.reuse import GENERATED, SIGMA_MAX, SIGMA_MIN, STEPS, levels
from tests.bench.reuse import Memory, draw_stream


def test_the_stream_has_favourites() -> None:
    """The same seed gives the same requests; the most frequent comes far more often than the median one."""
    icons = load_icons()
    stream = draw_stream(icons, 300)
    assert stream == draw_stream(icons, 300)
    counts = sorted(Counter(wish.prompt for wish in stream).values())
    assert counts[-1] > 10 * counts[len(counts) // 2]
    assert 60 < len(counts) < 250


def test_the_earlier_picture_that_starts_lowest_is_taken() -> None:
    """By the table's level, then by cosine, then the first; before anything was drawn there is none."""
    table = ReuseTable({GENERATED: (Step(0.5, 2.0), Step(0.9, None), Step(0.99, 2.0))}, "", 0.01, "")
    memory, asked = Memory(), np.array([1.0, 0.0])
    assert memory.best(asked, table) is None
    for place, vector in enumerate(([0.0, 1.0], [0.95, 0.31], [0.6, 0.8], [0.8, 0.6], [0.8, 0.6])):
        memory.vectors.append(np.array(vector))
        memory.latents.append(torch.tensor([place]))
    found = memory.best(asked, table)
    assert found is not None
    assert found[0] == 2.0
    assert found[1].item() == 3


def test_a_start_runs_what_is_left_of_the_grid() -> None:
    """The bench's count of evaluations from each level is the length of the grid's tail."""
    grid = karras(STEPS, SIGMA_MIN, SIGMA_MAX)
    for sigma in levels():
        assert STEPS - 1 - sum(level > sigma for level in levels()) == len(tail(grid, sigma)) - 1
