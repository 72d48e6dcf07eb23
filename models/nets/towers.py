"""A tower that reads a drawing to one vector: where its edges run, and in which two colours."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.nets.embeddings import RowLinear

COLORS = 6  # numbers that tell a paper and an ink


@dataclass(frozen=True, slots=True)
class TowerShape:
    """Sizes of a picture tower.

    size: pixels a side. cell: pixels a side over which edges are summed. directions: of edges that are
    told apart. hidden: width of the trained layers. dim: of the vector.
    """

    size: int = 64
    cell: int = 4
    directions: int = 8
    hidden: int = 384
    dim: int = 128

    @property
    def edges(self) -> int:
        """Numbers that tell the edges and the ink of a drawing."""
        return (self.directions + 1) * (self.size // self.cell) ** 2


class GradientTower(nn.Module):
    """Sums of gradients by direction and cell (Dalal & Triggs 2005), then trained layers.

    The fixed part needs no training, which is why a few CPU minutes suffice for the rest. It reads how
    far each pixel is from the paper, so the same drawing in other colours has the same edges.
    """

    center: Tensor
    spread: Tensor
    axes: Tensor

    def __init__(self, shape: TowerShape) -> None:
        super().__init__()
        self.shape = shape
        angle = torch.arange(shape.directions) * (math.pi / shape.directions)
        self.register_buffer("axes", torch.stack([angle.cos(), angle.sin()], 1), persistent=False)
        self.register_buffer("center", torch.zeros(shape.edges))
        self.register_buffer("spread", torch.ones(()))
        self.edges = RowLinear(shape.edges, shape.hidden)
        self.colors = RowLinear(COLORS, 64)
        self.inner = RowLinear(shape.hidden + 64, shape.hidden)
        self.head = RowLinear(shape.hidden, shape.dim)

    def calibrate(self, features: Tensor) -> None:
        """Set the mean, and one scale for all, of edges from features (N, edges + 6)."""
        edges = features[:, : self.shape.edges].float()
        self.center.copy_(edges.mean(0))
        self.spread.copy_(edges.std())

    def features(self, pictures: Tensor) -> Tensor:
        """Return edges, ink and two colours, (B, edges + 6), of pictures (B, 3, size, size) in [-1, 1]."""
        paper = _corners(pictures)  # (B, 3)
        ink = (pictures - paper[:, :, None, None]).abs().amax(1, keepdim=True)  # (B, 1, size, size)
        ink = ink / ink.amax((2, 3), keepdim=True).clamp(min=0.1)
        cells = functional.avg_pool2d(torch.cat([self._directed(ink), ink], 1), self.shape.cell)
        weight = ink.square().square()
        color = (pictures * weight).sum((2, 3)) / weight.sum((2, 3)).clamp(min=1e-3)
        return torch.cat([cells.flatten(1).sqrt(), paper, color], 1)

    def inside(self, features: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return the last hidden layer (B, hidden), mean 0 and variance 1; `kept` (B, edges) scales edges."""
        edges = (features[:, : self.shape.edges] - self.center) / self.spread
        edges = edges if kept is None else edges * kept
        first = torch.cat([self.edges(edges), self.colors(features[:, self.shape.edges :])], 1).relu()
        last = self.inner(first).relu().float()
        return functional.layer_norm(last, last.shape[-1:])

    def forward(self, pictures: Tensor) -> Tensor:
        """Return vectors (B, dim) of pictures (B, 3, size, size) in [-1, 1]."""
        vectors: Tensor = self.head(self.inside(self.features(pictures)))
        return vectors

    def _directed(self, ink: Tensor) -> Tensor:
        """Return the energy of gradients a direction, (B, directions, size, size), without sign."""
        wide = functional.pad(ink, (1, 1, 1, 1), mode="replicate")
        across = (wide[:, :, 1:-1, 2:] - wide[:, :, 1:-1, :-2]) / 2
        down = (wide[:, :, 2:, 1:-1] - wide[:, :, :-2, 1:-1]) / 2
        length = (across.square() + down.square() + 1e-8).sqrt()
        along = across * self.axes[:, 0, None, None] + down * self.axes[:, 1, None, None]
        return along.square() / length


def _corners(pictures: Tensor) -> Tensor:
    """Return the median colour (B, 3) of the four corners, two by two pixels each."""
    top = torch.cat([pictures[:, :, :2, :2], pictures[:, :, :2, -2:]], 3)
    bottom = torch.cat([pictures[:, :, -2:, :2], pictures[:, :, -2:, -2:]], 3)
    return torch.cat([top, bottom], 2).flatten(2).median(2).values
