"""Steers a denoiser with a second opinion: unconditional, negative or weaker; denoiser in, denoiser out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from models.exported import exported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from models.diffusion.tables import Table
    from models.types import Conditioning, Denoiser


class Jump(Protocol):
    """The estimate (B, ...) of x = clean + sigma·noise towards which a DDIM step arrives at target (B,)."""

    def __call__(self, x: Tensor, sigma: Tensor, cond: Conditioning | None, target: Tensor, /) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Guidance:
    """How far to move from the second opinion, and where.

    scale:   1 keeps the first opinion unchanged, larger exaggerates the difference.
    low, high: the second opinion is asked only where low < sigma <= high
             (Kynkäänniemi et al. 2024, section 3).
    rescale: 0 to 1, how much of the first opinion's per-picture contrast is given back
             (Lin et al. 2024, eq. 15-16).
    """

    scale: float = 1.0
    low: float = 0.0
    high: float = math.inf
    rescale: float = 0.0

    def active(self, sigma: float) -> bool:
        """Whether an evaluation at this noise level needs the second opinion."""
        return self.scale != 1.0 and self.low < sigma <= self.high


def combine(first: Tensor, second: Tensor, guidances: Sequence[Guidance]) -> Tensor:
    """Merge two denoised batches (B, ...), row i by `guidances[i]`, taking every row as active.

    Classifier-free guidance when `second` is unconditional (Ho & Salimans 2022, eq. 6), autoguidance
    when it is a weaker model's (Karras et al. 2024, section 4). Rows are independent, bit for bit.
    Raises ValueError when the number of guidances is not B.
    """
    if len(guidances) != len(first):
        raise ValueError(f"{len(guidances)} guidances for a batch of {len(first)}")
    ones = [1] * (first.ndim - 1)
    scale = first.new_tensor([guidance.scale for guidance in guidances]).reshape(-1, *ones)
    # D = D_2 + scale·(D_1 - D_2)
    steered = second + scale * (first - second)  # (B, ...)
    for i, guidance in enumerate(guidances):
        if guidance.rescale:
            steered[i] = _rescaled(steered[i], first[i], guidance.rescale)
    return steered


@exported("guidance", "classifier_free")
def classifier_free(denoise: Denoiser, negative: Conditioning, guidance: Guidance) -> Denoiser:
    """Move away from what the same denoiser says for the unconditional or negative prompt.

    `negative` has as many rows as the batch. Ho & Salimans 2022, eq. 6.
    """

    def guided(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        first = denoise(x, sigma, cond)
        return _where_active(first, sigma, guidance, lambda: denoise(x, sigma, negative))

    return guided


@exported("guidance", "auto")
def auto(denoise: Denoiser, weaker: Denoiser, guidance: Guidance) -> Denoiser:
    """Move away from what a weaker denoiser says for the same prompt.

    Karras et al. 2024 (autoguidance), section 4.
    """

    def guided(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        first = denoise(x, sigma, cond)
        return _where_active(first, sigma, guidance, lambda: weaker(x, sigma, cond))

    return guided


@exported("guidance", "distilled")
def distilled(jump: Jump, table: Table) -> Denoiser:
    """Ask a few-step network that has learned what guidance does, one evaluation for both opinions.

    `table` is the one that is walked: it says where the evaluation at each noise level is to arrive. Its
    rows have a target. Meng et al. 2023, section 3.
    """
    aims = {row.sigma: 0.0 if row.target is None else row.target for row in table.rows}

    def guided(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        nearest = [min(aims, key=lambda level: abs(level - asked)) for asked in sigma.tolist()]
        return jump(x, sigma, cond, sigma.new_tensor([aims[level] for level in nearest]))

    return guided


def _where_active(first: Tensor, sigma: Tensor, guidance: Guidance, ask: Callable[[], Tensor]) -> Tensor:
    active = [guidance.active(level) for level in sigma.tolist()]
    if not any(active):
        return first
    steered = combine(first, ask(), [guidance] * len(active))
    mask = sigma.new_tensor(active).bool().reshape(-1, *[1] * (first.ndim - 1))
    return steered.where(mask, first)  # (B, ...)


def _rescaled(steered: Tensor, first: Tensor, rescale: float) -> Tensor:
    # One picture at a time: a reduction over a batch may add in another order. Lin et al. 2024, eq. 15-16.
    matched = steered * (first.std() / steered.std())
    return rescale * matched + (1 - rescale) * steered
