"""A diffusion transformer without convolutions: its tokens are latent positions, words and noise level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.nets.blocks import Attend, Attention, Block, normalize
from models.nets.embeddings import NoiseLevel, RowLinear, rotary_table
from models.nets.gallery import Gallery

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class TransformerShape:
    """Sizes of a diffusion transformer.

    side: latent positions a side; channels: of a latent; patch: positions a side that make one token;
    text_dim: of token states and pooled vectors; neighbours: pictures that a row can be shown.
    """

    width: int = 256
    depth: int = 7
    heads: int = 4
    hidden: int = 640
    text_dim: int = 384
    channels: int = 16
    side: int = 8
    patch: int = 2
    neighbours: int = 0

    @property
    def tokens(self) -> int:
        """Picture tokens a side."""
        return self.side // self.patch

    @property
    def patch_channels(self) -> int:
        """Numbers in one picture token."""
        return self.channels * self.patch**2

    @property
    def shown(self) -> int:
        """Patches of all neighbours, as many as a picture has tokens each."""
        return self.neighbours * self.tokens**2


class DiffusionTransformer(nn.Module):
    """Predicts the velocity v = cos(t) noise - sin(t) clean of x_t = cos(t) clean + sin(t) noise.

    Rows are independent to the last bit in float32 on CPU, whatever the batch: every GEMM has 16
    rows or more, nothing is convolved, and no long tensor goes through an exponential.
    """

    cosine: Tensor
    sine: Tensor

    def __init__(self, shape: TransformerShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.picture = nn.Linear(shape.patch_channels, width)
        self.places = nn.Parameter(0.02 * torch.randn(shape.tokens**2, width))
        self.words = nn.Sequential(RowLinear(shape.text_dim, width), nn.ReLU(), RowLinear(width, width))
        self.sentence = RowLinear(shape.text_dim, width)
        self.gallery = Gallery(shape) if shape.neighbours else None
        self.level = NoiseLevel(width)
        self.jump: NoiseLevel | None = None  # of a few-step student (models.nets.few)
        self.modulation = RowLinear(width, 6 * width)
        self.last_modulation = RowLinear(width, 2 * width)
        half = shape.depth // 2
        self.blocks = nn.ModuleList(
            Block(width, shape.heads, shape.hidden, skip=i >= shape.depth - half) for i in range(shape.depth)
        )
        self.output = nn.Linear(width, shape.patch_channels)
        for zero in (self.modulation, self.last_modulation, self.output):
            nn.init.zeros_(zero.weight)
            nn.init.zeros_(zero.bias)
        cosine, sine = rotary_table(shape.tokens, width // shape.heads)
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)

    def forward(
        self,
        x: Tensor,
        sigma: Tensor,
        tokens: Tensor,
        mask: Tensor,
        pooled: Tensor,
        target: Tensor | None = None,
    ) -> Tensor:
        """Return v (B, C, side, side) of x_t (B, C, side, side) at noise levels sigma = tan(t) (B,).

        tokens (B, T, D), mask (B, T) and pooled (B, D) are those of a Conditioning; target (B,) is where
        a few-step student is to arrive.
        """
        level = self.told(sigma, pooled, target)  # (B, width)
        signal = functional.silu(level)
        shared = self.modulation(signal).unflatten(-1, (6, -1))  # (B, 6, width)
        patches = functional.pixel_unshuffle(x, self.shape.patch)  # (B, C patch^2, tokens, tokens)
        pixels = self.picture(patches.flatten(2).transpose(1, 2))  # (B, tokens^2, width)
        pixels = pixels + self.places.to(pixels.dtype)
        count = tokens.shape[1] - self.shape.shown
        if self.gallery is not None:
            pixels = pixels + self.gallery(tokens[:, count:], mask[:, count:]).to(pixels.dtype)
        tokens, mask = tokens[:, :count], mask[:, :count]
        words = self.words(tokens).to(pixels.dtype)
        sequence = torch.cat(
            [level[:, None].to(pixels.dtype), words, pixels], dim=1
        )  # (B, 1 + T + tokens^2, width)
        turn, visible = self._turn(tokens.shape[1], pixels), _visible(mask, pixels.shape[1])
        sequence = self.through(sequence, lambda block, x, earlier: block(x, earlier, shared, turn, visible))
        scale, shift = self.last_modulation(signal)[:, None].to(sequence.dtype).chunk(2, dim=-1)
        pixels = sequence[:, -pixels.shape[1] :]
        pixels = normalize(pixels) * (1 + scale) + shift
        velocity: Tensor = self.output(pixels).transpose(1, 2)
        return functional.pixel_shuffle(velocity.reshape(patches.shape), self.shape.patch)

    def told(self, sigma: Tensor, pooled: Tensor, target: Tensor | None = None) -> Tensor:
        """Return what every token is told (B, width): noise level, sentence, and a student its target."""
        level: Tensor = self.level(sigma) + self.sentence(pooled)
        return level if target is None or self.jump is None else level + self.jump(target)

    def attend_with(self, attend: Attend) -> None:
        """Use another implementation of attention in every block."""
        for module in self.modules():
            if isinstance(module, Attention):
                module.attend = attend

    def through(self, x: Tensor, mix: Callable[[Block, Tensor, Tensor | None], Tensor]) -> Tensor:
        """Run the blocks by `mix`; the last half takes the outputs of the first half, innermost first."""
        half = self.shape.depth // 2
        kept: list[Tensor] = []
        for i, block in enumerate(self.blocks):
            earlier = kept.pop() if i >= self.shape.depth - half else None
            x = mix(cast("Block", block), x, earlier)
            if i < half:
                kept.append(x)
        return x

    def _turn(self, words: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """Rotary table of the whole sequence: what stands before the picture is not turned."""
        still = self.cosine.new_ones(1 + words, self.cosine.shape[1])
        cosine = torch.cat([still, self.cosine]).to(like.dtype)
        return cosine, torch.cat([torch.zeros_like(still), self.sine]).to(like.dtype)


def _visible(mask: Tensor, pixels: int) -> Tensor:
    """Return (B, 1, 1, 1 + T + pixels), True for the noise level, the real words and the picture."""
    before = mask.new_ones(len(mask), 1)
    return torch.cat([before, mask, mask.new_ones(len(mask), pixels)], dim=1)[:, None, None]
