"""Positions, noise levels and few-row linear maps whose bits do not depend on the batch."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

MIN_ROWS = 16  # a CPU GEMM with fewer rows rounds differently for different row counts


class RowLinear(nn.Linear):
    """A linear map of (..., in) that pads its rows to a multiple of 16, so rows never feel their number."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., in) to (..., out)."""
        rows = x.flatten(0, -2)
        missing = -len(rows) % MIN_ROWS
        if missing:
            rows = torch.cat([rows, rows.new_zeros(missing, rows.shape[1])])
        result = functional.linear(rows, self.weight, self.bias)
        return result[: len(result) - missing].reshape(*x.shape[:-1], -1)


class NoiseLevel(nn.Module):
    """A noise level to a vector: sines and cosines of ln(sigma) / 4, then two linear maps."""

    frequencies: Tensor

    def __init__(self, width: int, waves: int = 64) -> None:
        super().__init__()
        frequencies = math.pi * torch.logspace(-1.0, 5.0, waves, base=2.0)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.first = RowLinear(2 * waves, width)
        self.second = RowLinear(width, width)

    def forward(self, sigma: Tensor) -> Tensor:
        """Map positive levels (B,) to (B, width)."""
        # A full row for each level: vector tails are computed by other instructions than whole vectors.
        rows = sigma.float()[:, None].expand(-1, len(self.frequencies)).contiguous()
        angle = rows.clamp(1e-4, 1e4).log() * 0.25 * self.frequencies  # (B, waves)
        waves = torch.cat([angle.cos(), angle.sin()], dim=1)
        vector: Tensor = self.second(functional.silu(self.first(waves)))
        return vector


def rotary_table(side: int, width: int, rows: int = 0, columns: int = 0) -> tuple[Tensor, Tensor]:
    """Return cosines and sines (rows * columns, width) of 2-D rotary positions.

    Half of the channel pairs turn with the row, half with the column (Su et al. 2021; Heo et al. 2024).
    A grid of another size than side x side, the default, is stretched over the positions of that one
    (position interpolation, Chen et al. 2023).
    """
    pairs = width // 2
    turns = 1.0 / 16.0 ** (torch.arange(pairs // 2) / max(1, pairs // 2))  # (pairs / 2,)
    rows, columns = rows or side, columns or side
    row = (_places(rows, side)[:, None] * turns)[:, None].expand(rows, columns, -1)
    column = (_places(columns, side)[:, None] * turns)[None].expand(rows, columns, -1)
    angle = torch.cat([row, column], dim=-1).flatten(0, 1)  # (rows·columns, pairs)
    return torch.cat([angle.cos()] * 2, dim=-1), torch.cat([angle.sin()] * 2, dim=-1)


def _places(count: int, side: int) -> Tensor:
    # The middles of `count` equal parts of the line on which `side` middles are 0, 1, 2, …
    return (torch.arange(count, dtype=torch.float32) + 0.5) * (side / count) - 0.5


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turn channel pairs of (..., S, width) by the angles of a rotary table."""
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat([-second, first], dim=-1) * sine
