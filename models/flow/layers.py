"""The invertible layers of a flow; each knows its inverse and how much it stretches volume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor, nn

from models.flow.spline import bend, knots, unbend

if TYPE_CHECKING:
    from models.flow.spline import Knots


class Layer(Protocol):
    """A bijection of rows (B, d) towards the latent side, and back."""

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the image (B, d') and the log of the volume stretch, (B,)."""
        ...

    def decode(self, z: Tensor) -> Tensor:
        """Return the x that `encode` maps to z."""
        ...


class Stereographic(nn.Module):
    """Unit vectors (B, d) to the plane (B, d - 1), projected from the point opposite the pole.

    The pole goes to the origin. Stretch is measured against area on the sphere, so that densities of
    unit vectors are per unit of area.
    """

    pole: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        pole = torch.zeros(dim)
        pole[0] = 1.0
        self.register_buffer("pole", pole)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        turned = self._turned(x)
        y = turned[:, 1:] / (1 + turned[:, :1])  # (B, d - 1)
        # Area = (2 / (1 + |y|^2))^(d - 1) dy: the metric of the projection is conformal.
        return y, y.shape[1] * ((1 + y.square().sum(1)) / 2).log()

    def decode(self, z: Tensor) -> Tensor:
        square = z.square().sum(1, keepdim=True)
        turned = torch.cat([1 - square, 2 * z], 1) / (1 + square)
        return self._turned(turned)

    def _turned(self, x: Tensor) -> Tensor:
        # Householder's reflection that swaps the pole and the first axis; it is its own inverse.
        axis = self.pole.clone()
        axis[0] -= 1.0
        square = axis.square().sum()
        return x - 2 * (x @ axis)[:, None] * axis / square.clamp(min=1e-30)


class Whiten(nn.Module):
    """Rows to zero mean and unit covariance: z = L^-1 (x - mean) with L lower triangular."""

    mean: Tensor
    factor: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("factor", torch.eye(dim))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = torch.linalg.solve_triangular(self.factor, (x - self.mean).T, upper=False).T
        return z, -self.factor.diagonal().log().sum().expand(len(x))

    def decode(self, z: Tensor) -> Tensor:
        return z @ self.factor.T + self.mean


class Shuffle(nn.Module):
    """The values of a row in a fixed other order, so that the next coupling moves other ones."""

    order: Tensor

    def __init__(self, dim: int, generator: torch.Generator) -> None:
        super().__init__()
        self.register_buffer("order", torch.randperm(dim, generator=generator))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x[:, self.order], x.new_zeros(len(x))

    def decode(self, z: Tensor) -> Tensor:
        return z[:, self.order.argsort()]


class Coupling(nn.Module):
    """The first half of a row chooses splines that bend the second half; the identity at first.

    Dinh et al. 2017, eq. 4-5; Durkan et al. 2019, section 3.
    """

    def __init__(self, dim: int, hidden: int, num_bins: int, bound: float) -> None:
        super().__init__()
        self.num_kept = dim // 2
        self.num_raw = 3 * num_bins - 1
        self.bound = bound
        last = nn.Linear(hidden, (dim - self.num_kept) * self.num_raw)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.chooser = nn.Sequential(
            nn.Linear(self.num_kept, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), last
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = x[:, : self.num_kept], x[:, self.num_kept :]
        bent, log_slope = bend(moved, self._knots(kept))
        return torch.cat([kept, bent], 1), log_slope.sum(1)

    def decode(self, z: Tensor) -> Tensor:
        kept, moved = z[:, : self.num_kept], z[:, self.num_kept :]
        return torch.cat([kept, unbend(moved, self._knots(kept))], 1)

    def _knots(self, kept: Tensor) -> Knots:
        return knots(self.chooser(kept).reshape(len(kept), -1, self.num_raw), self.bound)
