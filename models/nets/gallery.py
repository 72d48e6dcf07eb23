"""Shows a row pictures near its prompt, so that a small network need not know every thing by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.nets.embeddings import RowLinear
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.nets.dit import TransformerShape


class Gallery(nn.Module):
    """Lays the patches of neighbours over the picture's own, each neighbour by a map of its own.

    Retrieval as conditioning is Blattmann et al. 2022; that what lies at the same place is added there,
    and not attended to, is Saharia et al. 2021 (SR3, section 2.2): icons are centred, so their places
    correspond, and no token is added. The maps are zero to begin with.
    """

    def __init__(self, shape: TransformerShape) -> None:
        super().__init__()
        self.numbers = numbers_of(shape)
        self.maps = nn.ModuleList(RowLinear(self.numbers, shape.width) for _ in range(shape.neighbours))
        for one in self.maps.parameters():
            nn.init.zeros_(one)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Map patches (B, shown, text_dim), made by `hang`, to what is added to the tokens (B, n, width)."""
        count = tokens.shape[1] // len(self.maps)
        each, real = torch.split(tokens[..., : self.numbers], count, dim=1), torch.split(mask, count, dim=1)
        laid = [
            one(seen) * is_real[..., None] for one, seen, is_real in zip(self.maps, each, real, strict=True)
        ]
        return torch.stack(laid).sum(0)


def numbers_of(shape: TransformerShape) -> int:
    """Return the numbers in one patch. Raises ValueError for more than a word's."""
    if shape.patch_channels > shape.text_dim:
        raise ValueError(f"a patch has {shape.patch_channels} numbers, a word's {shape.text_dim}")
    return shape.patch_channels


def hang(cond: Conditioning, shown: Sequence[Sequence[Tensor]], shape: TransformerShape) -> Conditioning:
    """Return the conditioning of words with the patches of each row's neighbours after them.

    `shown` has for each row its neighbours' latents (C, side, side), nearest first; those beyond
    `shape.neighbours` are left away, and missing ones masked.
    """
    rows, count = len(cond.tokens), shape.tokens**2
    tokens = cond.tokens.new_zeros(rows, shape.shown, shape.text_dim)
    mask = cond.mask.new_zeros(rows, shape.shown)
    for row, latents in enumerate(shown):
        for place, latent in enumerate(latents[: shape.neighbours]):
            part = slice(place * count, (place + 1) * count)
            patches = functional.pixel_unshuffle(latent, shape.patch).flatten(1).T  # (n, numbers)
            tokens[row, part, : numbers_of(shape)] = patches.to(tokens.dtype)
            mask[row, part] = True
    return Conditioning(
        torch.cat([cond.tokens, tokens], dim=1), torch.cat([cond.mask, mask], dim=1), cond.pooled
    )


def without(cond: Conditioning, told: TransformerShape, asked: TransformerShape) -> Conditioning:
    """Return a conditioning made for a network of shape `told` as one of shape `asked` reads it.

    Networks are shown the same, or nothing: then the patches of neighbours are cut off.
    """
    if told.shown == asked.shown:
        return cond
    count = cond.tokens.shape[1] - told.shown
    return Conditioning(cond.tokens[:, :count], cond.mask[:, :count], cond.pooled)
