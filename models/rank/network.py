"""A small network that scores candidates, trained list by list; kept as safetensors."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from models.rank.metrics import weighted_ndcg
from models.rank.validate import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from models.rank.lists import Floats, Lists

POINTS = 32  # of the quadrature along the path of integrated gradients
CLIP = 8.0  # standard deviations beyond which a value says no more


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """Its widths, and how it learns."""

    hidden: tuple[int, ...] = (64, 32)
    epochs: int = 60
    patience: int = 6
    batch_lists: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4


class RankNetwork(nn.Module):
    """Standardised columns through a few layers to one score a row."""

    mean: Tensor
    scale: Tensor

    def __init__(
        self, mean: Tensor, scale: Tensor, hidden: tuple[int, ...], generator: torch.Generator
    ) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        sizes = [len(mean), *hidden, 1]
        linear = [nn.Linear(a, b) for a, b in pairwise(sizes)]
        for layer in linear:  # He et al. 2015, eq. 10
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)
        self.layers = nn.ModuleList(linear)

    def standardise(self, rows: Tensor) -> Tensor:
        """Return rows (…, f) with mean 0 and deviation 1 over what was trained on, far ones clipped."""
        return ((rows - self.mean) / self.scale).clamp(-CLIP, CLIP)

    def forward(self, standard: Tensor) -> Tensor:
        """Return the scores (…,) of standardised rows (…, f)."""
        for layer in self.layers[:-1]:
            standard = torch.relu(layer(standard))
        scores: Tensor = self.layers[-1](standard)
        return scores.squeeze(-1)


class NetworkRanker:
    """A trained network read back from its file; uses the threads that torch was given."""

    def __init__(self, content: bytes) -> None:
        try:
            tensors = load(content)
            mean, scale = tensors["mean"], tensors["scale"]
            weights = sorted(name for name in tensors if name.endswith(".weight"))
            hidden = tuple(len(tensors[name]) for name in weights[:-1])
            self._network = RankNetwork(mean, scale, hidden, torch.Generator())
            self._network.load_state_dict(tensors)
        except (SafetensorError, KeyError, IndexError, RuntimeError) as error:
            raise ValueError(f"this is no network of a ranker: {error}") from error
        self._network.eval().requires_grad_(False)

    def predict(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return the score of each row of (n, f), higher is better."""
        with torch.inference_mode():
            rows = self._network.standardise(torch.from_numpy(np.ascontiguousarray(matrix)))
            return np.asarray(self._network(rows).numpy(), np.float64)

    def contributions(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return (n, f + 1): integrated gradients of each feature and, last, the rest of the score.

        The path leads from the mean of what was trained on, whose score the rest is, with what the
        quadrature missed: phi_i = x_i * integral of df/dx_i (t x) dt (Sundararajan et al. 2017, eq. 1).
        """
        rows = self._network.standardise(torch.from_numpy(np.ascontiguousarray(matrix)))
        places, weights = np.polynomial.legendre.leggauss(POINTS)
        total = torch.zeros_like(rows)
        for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
            point = (rows * place).requires_grad_()
            (gradient,) = torch.autograd.grad(self._network(point).sum(), point)
            total += weight * gradient
        given = (rows * total).numpy().astype(np.float64)
        rest = self.predict(matrix) - given.sum(axis=1)
        return np.hstack([given, rest[:, None]])


def train_network(every: Lists, seed: int, options: NetworkOptions | None = None) -> bytes:
    """Return the file of a network, as it was when weighted nDCG on some lists kept aside was highest.

    Raises ValueError when nothing in the lists has a grade.
    """
    chosen = options or NetworkOptions()
    lists, tuning = cut(every, seed)
    if not (lists.grades > 0).any():
        raise ValueError("no list holds a grade: there is nothing to learn an order from")
    generator = torch.Generator().manual_seed(seed)
    mean = torch.from_numpy(lists.matrix.mean(axis=0))
    spread = torch.from_numpy(lists.matrix.std(axis=0))
    scale = torch.where(spread > 1e-6, spread, torch.ones_like(spread))
    network = RankNetwork(mean, scale, chosen.hidden, generator)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=chosen.learning_rate, weight_decay=chosen.weight_decay
    )
    best, best_state, waited = -1.0, copy.deepcopy(network.state_dict()), 0
    for _ in range(chosen.epochs):
        for rows, targets, mask in batches(lists, chosen.batch_lists, generator):
            loss = listwise(network(network.standardise(rows)), targets, mask)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch does not type `backward`
            optimiser.step()
        reached = _reached(network, tuning if len(tuning) else lists)
        waited = 0 if reached > best else waited + 1
        if reached > best:
            best, best_state = reached, copy.deepcopy(network.state_dict())
        if waited >= chosen.patience:
            break
    return save({name: tensor.contiguous() for name, tensor in best_state.items()})


def listwise(scores: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over lists of -sum_i p_i log softmax(s)_i with p = targets / sum (Cao et al. 2007).

    scores, targets and mask are (lists, rows); rows outside the mask do not exist.
    """
    logs = torch.log_softmax(scores.masked_fill(~mask, -1e9), dim=1)
    shares = targets / targets.sum(dim=1, keepdim=True).clamp(min=1e-9)
    return -(shares * logs.masked_fill(~mask, 0.0)).sum(dim=1).mean()


def batches(lists: Lists, size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield lists in random order, padded: rows (b, l, f), targets (b, l), mask (b, l)."""
    gains = lists.weights * (np.exp2(lists.grades) - 1.0)
    judged = np.flatnonzero(np.bincount(lists.owners, gains, len(lists)) > 0)
    order = judged[torch.randperm(len(judged), generator=generator).numpy()]
    for start in range(0, len(order), size):
        some = order[start : start + size]
        longest = int(lists.sizes[some].max())
        rows = np.zeros((len(some), longest, lists.matrix.shape[1]), np.float32)
        targets, mask = np.zeros((len(some), longest), np.float32), np.zeros((len(some), longest), np.bool_)
        for place, one in enumerate(some):
            part = slice(int(lists.starts[one]), int(lists.starts[one + 1]))
            length = part.stop - part.start
            rows[place, :length], targets[place, :length] = lists.matrix[part], gains[part]
            mask[place, :length] = True
        yield torch.from_numpy(rows), torch.from_numpy(targets), torch.from_numpy(mask)


def _reached(network: RankNetwork, lists: Lists) -> float:
    with torch.inference_mode():
        scores = network(network.standardise(torch.from_numpy(lists.matrix))).numpy().astype(np.float64)
    return weighted_ndcg(lists, scores)
