"""The autoencoder: 128 x 128 pictures to 8 x 8 x 16 latents of unit variance, and back."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class AutoencoderShape:
    """Widths of the three levels (32, 16 and 8 positions a side) and the blocks at each.

    fold: pixels a side that one position of the first level stands for.
    """

    fold: int = 4
    widths: tuple[int, int, int] = (64, 128, 256)
    encoder_blocks: tuple[int, int, int] = (1, 1, 1)
    decoder_blocks: tuple[int, int, int] = (2, 2, 2)
    channels: int = 16

    @property
    def factor(self) -> int:
        """Pixels a side that one latent position stands for."""
        return self.fold * 4


class ConvAutoencoder(nn.Module):
    """Residual convolutions at reduced resolution only: pixels are folded into channels first.

    `mean` and `std` are per-channel statistics of raw latents, measured after training; they make
    what `encode` returns, and `decode` takes, zero-mean and unit-variance.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = _encoder(shape)
        self.decoder = _decoder(shape)
        self.register_buffer("mean", torch.zeros(shape.channels))
        self.register_buffer("std", torch.ones(shape.channels))

    def moments(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of q(raw latent | picture), both (B, C, h, w)."""
        folded = functional.pixel_unshuffle(pictures, self.shape.fold)  # (B, 3 * fold^2, H / fold, W / fold)
        mean, log_variance = self.encoder(folded).chunk(2, dim=1)
        return mean, log_variance.clamp(-12.0, 4.0)

    def decode_raw(self, raw: Tensor) -> Tensor:
        """Return pictures (B, 3, H, W), about [-1, 1], of raw latents (B, C, h, w)."""
        return functional.pixel_shuffle(self.decoder(raw), self.shape.fold)

    def encode(self, pictures: Tensor) -> Tensor:
        """Return standardised latents (B, C, h, w) of pictures (B, 3, H, W) in [-1, 1]."""
        mean, _ = self.moments(pictures)
        return (mean - self.mean[:, None, None]) / self.std[:, None, None]

    def decode(self, latents: Tensor) -> Tensor:
        """Return pictures (B, 3, H, W), clamped to [-1, 1], of standardised latents (B, C, h, w)."""
        raw = latents * self.std[:, None, None] + self.mean[:, None, None]
        return self.decode_raw(raw).clamp(-1.0, 1.0)


class ResidualBlock(nn.Module):
    """x + conv(silu(conv(silu(norm(x))))), with the last convolution at zero to begin with."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(width // 16, width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias) if self.second.bias is not None else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to the same shape."""
        update: Tensor = self.second(functional.silu(self.first(functional.silu(self.norm(x)))))
        return x + update


def _blocks(width: int, count: int) -> list[nn.Module]:
    return [ResidualBlock(width) for _ in range(count)]


def _encoder(shape: AutoencoderShape) -> nn.Sequential:
    low, middle, high = shape.widths
    counts = shape.encoder_blocks
    return nn.Sequential(
        nn.Conv2d(3 * shape.fold**2, low, 3, padding=1),
        *_blocks(low, counts[0]),
        nn.Conv2d(low, middle, 2, stride=2),
        *_blocks(middle, counts[1]),
        nn.Conv2d(middle, high, 2, stride=2),
        *_blocks(high, counts[2]),
        nn.Conv2d(high, 2 * shape.channels, 1),
    )


def _decoder(shape: AutoencoderShape) -> nn.Sequential:
    low, middle, high = shape.widths
    counts = shape.decoder_blocks
    return nn.Sequential(
        nn.Conv2d(shape.channels, high, 3, padding=1),
        *_blocks(high, counts[2]),
        nn.Conv2d(high, 4 * middle, 1),
        nn.PixelShuffle(2),
        *_blocks(middle, counts[1]),
        nn.Conv2d(middle, 4 * low, 1),
        nn.PixelShuffle(2),
        *_blocks(low, counts[0]),
        nn.Conv2d(low, 3 * shape.fold**2, 3, padding=1),
    )
