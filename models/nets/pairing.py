"""A tower for pictures and a head for sentence vectors that meet in one space."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.nets.embeddings import RowLinear
from models.nets.towers import GradientTower, TowerShape

HIGHEST = math.log(100.0)  # of the logit scale (Radford et al. 2021, section 2.5)


class Pairing(nn.Module):
    """Pictures and sentence vectors to unit vectors whose product says how well they belong together.

    hidden: width of the map that bends sentence vectors. `scale` is the logarithm of the inverse
    temperature (Radford et al. 2021, figure 3).
    """

    def __init__(self, shape: TowerShape, text_dim: int = 384, hidden: int = 256) -> None:
        super().__init__()
        self.shape, self.hidden = shape, hidden
        self.tower = GradientTower(shape)
        self.straight = RowLinear(text_dim, shape.dim)
        self.first, self.second = RowLinear(text_dim, hidden), RowLinear(hidden, shape.dim)
        nn.init.zeros_(self.second.weight)
        self.scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def pictures(self, pictures: Tensor) -> Tensor:
        """Return unit vectors (B, dim) of pictures (B, 3, size, size) in [-1, 1]."""
        return functional.normalize(self.tower(pictures).float(), dim=1)

    def texts(self, sentences: Tensor) -> Tensor:
        """Return unit vectors (B, dim) of sentence vectors (B, text_dim)."""
        bent = self.second(functional.relu(self.first(sentences)))
        return functional.normalize((self.straight(sentences) + bent).float(), dim=1)

    def sharpness(self) -> Tensor:
        """Return what products of unit vectors are multiplied by to be logits."""
        return self.scale.clamp(max=HIGHEST).exp()
