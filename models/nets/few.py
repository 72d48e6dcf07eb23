"""Low-rank adapters that turn a denoiser into a few-step student of itself."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from models.nets.embeddings import NoiseLevel

if TYPE_CHECKING:
    from models.nets.dit import DiffusionTransformer


class Adapters(nn.Module):
    """A product of two thin matrices for every linear map of a transformer, and where a step arrives.

    W' = W + up·down with `up` zero to begin with (Hu et al. 2022, eq. 3), and the level that a step leads
    to is embedded like the level that it starts from, by zero to begin with: an untrained student is its
    teacher. Salimans & Ho 2022 give every student all weights of its teacher; here they share them.
    """

    def __init__(self, net: DiffusionTransformer, rank: int) -> None:
        super().__init__()
        self.rank = rank
        self.down, self.up = nn.ParameterDict(), nn.ParameterDict()
        for name, linear in _linears(net).items():
            rows, columns = linear.weight.shape
            self.down[name] = nn.Parameter(torch.randn(rank, columns) * columns**-0.5)
            self.up[name] = nn.Parameter(torch.zeros(rows, rank))
        self.jump = NoiseLevel(net.shape.width)
        nn.init.zeros_(self.jump.second.weight)
        nn.init.zeros_(self.jump.second.bias)

    def weights(self, net: DiffusionTransformer) -> dict[str, Tensor]:
        """Return the student's own tensors, by the names that they have in the network of `student_of`."""
        merged = {
            f"{name.replace('/', '.')}.weight": linear.weight + self.up[name] @ self.down[name]
            for name, linear in _linears(net).items()
        }
        return merged | {f"jump.{name}": tensor for name, tensor in self.jump.named_parameters()}


def student_of(net: DiffusionTransformer) -> DiffusionTransformer:
    """Return a copy of a network that also takes the level at which a step is to arrive."""
    student = deepcopy(net)
    student.jump = NoiseLevel(net.shape.width)
    return student.eval().requires_grad_(requires_grad=False)


def merged(net: DiffusionTransformer, adapters: Adapters) -> DiffusionTransformer:
    """Return the student as a network of its own, in the precision of `net`."""
    student = student_of(net)
    with torch.no_grad():
        student.load_state_dict({**student.state_dict(), **adapters.weights(net)})
    return student


def _linears(net: DiffusionTransformer) -> dict[str, nn.Linear]:
    """Return the linear maps of a network but those that tell it where to arrive; names have no dots."""
    return {
        name.replace(".", "/"): module
        for name, module in net.named_modules()
        if isinstance(module, nn.Linear) and not name.startswith("jump.")
    }
