"""A stack of invertible layers over a standard normal: log density, encoding, decoding, samples."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from models.checkpoint import read_config, read_weights, write_config, write_weights
from models.flow.layers import Coupling, Shuffle, Stereographic, Whiten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from models.flow.layers import Layer


@dataclass(frozen=True, slots=True)
class FlowShape:
    """Sizes of a flow.

    dim: values a row. num_layers: couplings, each followed by a shuffle drawn from `seed`. hidden:
    width of the networks that choose splines of `num_bins` bins in [-bound, bound]. sphere: rows are
    unit vectors, and densities are per unit of area on their sphere.
    """

    dim: int
    num_layers: int = 8
    hidden: int = 256
    num_bins: int = 8
    bound: float = 4.0
    sphere: bool = False
    seed: int = 0


class Flow(nn.Module):
    """Maps rows (B, dim) to standard normal ones and back, exactly.

    Papamakarios et al. 2021, eq. 3 and 6: log p(x) = log N(z; 0, I) + sum of the layers' log stretches.
    """

    def __init__(self, shape: FlowShape, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.shape = shape
        self.layers = nn.ModuleList(layers)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return latent rows z (B, k), with k = dim or on a sphere dim - 1, and log stretches (B,)."""
        total = x.new_zeros(len(x))
        for layer in self._ordered():
            x, stretch = layer.encode(x)
            total = total + stretch
        return x, total

    def decode(self, z: Tensor) -> Tensor:
        """Return the rows (B, dim) that `encode` maps to z."""
        for layer in reversed(self._ordered()):
            z = layer.decode(z)
        return z

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log density of rows in nats, (B,)."""
        z, stretch = self.encode(x)
        return stretch - (z.square() + math.log(2 * math.pi)).sum(1) / 2

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Return `num` rows, (num, dim), drawn with the generator's numbers."""
        num_latent = self.shape.dim - self.shape.sphere
        noise = torch.randn(num, num_latent, generator=generator, device=generator.device)
        return self.decode(noise.to(next(self.parameters())))

    def _ordered(self) -> list[Layer]:
        return [layer for layer in self.layers]  # type: ignore[misc]  # noqa: C416  # typed as Layer from here


def build(shape: FlowShape) -> Flow:
    """Make an untrained flow: a Gaussian, whatever its couplings. Raises ValueError below two free values."""
    num_free = shape.dim - shape.sphere
    if num_free < 2:
        raise ValueError(f"a coupling needs two values, one to choose and one to move, not {num_free}")
    generator = torch.Generator().manual_seed(shape.seed)
    layers: list[nn.Module] = [Stereographic(shape.dim)] if shape.sphere else []
    layers.append(Whiten(num_free))
    for _ in range(shape.num_layers):
        layers.append(Coupling(num_free, shape.hidden, shape.num_bins, shape.bound))
        layers.append(Shuffle(num_free, generator))
    return Flow(shape, layers)


def calibrate(flow: Flow, rows: Tensor, shrinkage: float = 0.05) -> None:
    """Set pole, mean and covariance from rows (N, dim): the untrained flow becomes their Gaussian.

    The covariance is mixed with `shrinkage` of the round one of the same total variance, so that
    it can be inverted whatever N. The form is that of Ledoit & Wolf 2004.
    """
    with torch.no_grad():
        for layer in flow.layers:
            if isinstance(layer, Stereographic):
                layer.pole.copy_(rows.mean(0) / rows.mean(0).norm())
                rows, _ = layer.encode(rows)
            if isinstance(layer, Whiten):
                layer.mean.copy_(rows.mean(0))
                layer.factor.copy_(torch.linalg.cholesky(_covariance(rows, shrinkage)))


def save(flow: Flow, folder: Path, *, half: bool = False) -> None:
    """Write flow.safetensors and flow.json into a folder.

    `half` keeps the networks of the couplings in 16 bits; pole, mean and factor stay exact.
    """
    small = {name for name, _ in flow.named_parameters()} if half else set()
    tensors = {name: t.half() if name in small else t for name, t in flow.state_dict().items()}
    write_weights(folder / "flow.safetensors", tensors)
    write_config(folder / "flow.json", asdict(flow.shape))


def load(folder: Path) -> Flow:
    """Read what `save` wrote. Raises CheckpointError for another format, FileNotFoundError for none."""
    flow = build(FlowShape(**read_config(folder / "flow.json")))
    flow.load_state_dict(read_weights(folder / "flow.safetensors"))
    return flow.eval()


def _covariance(rows: Tensor, shrinkage: float) -> Tensor:
    covariance = rows.T.cov()
    roundness = covariance.diagonal().mean() * torch.eye(len(covariance)).to(covariance)
    return (1 - shrinkage) * covariance + shrinkage * roundness
