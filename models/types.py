"""Names, once, the protocols and records that every part of `models` agrees on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PIL.Image import Image
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What a denoiser is told about each row of its batch.

    tokens: text token states, (B, T, D) float32, zero where masked; for a network that is shown
            neighbours, the patches of these after the words (`models.nets.gallery.hang`).
    mask:   True where a token is real, (B, T) bool. A row of the unconditional prompt has no real token.
    pooled: sentence vector, (B, D) float32, unit length, or zero for the unconditional prompt.
    """

    tokens: Tensor
    mask: Tensor
    pooled: Tensor


class Denoiser(Protocol):
    """D(x; sigma, cond): the expected clean latent given a noisy one (Karras et al. 2022, eq. 2-3).

    x is (B, ...) = clean + sigma * noise in unit-variance latent space, sigma is (B,), and the
    result has the shape of x. Rows are independent: a row's result never depends on its mates.
    """

    def __call__(self, x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor: ...


class TextEncoder(Protocol):
    """Words to vectors; `dim` floats each, unit length, equal input gives equal output bits."""

    name: str
    dim: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return (len(texts), dim) float32 rows of unit length."""
        ...


class TokenEncoder(TextEncoder, Protocol):
    """A text encoder that also gives the token states a denoiser attends to."""

    def condition(self, texts: Sequence[str], length: int) -> Conditioning:
        """Return states padded to `length` tokens; the empty text is the unconditional prompt."""
        ...


class DualEncoder(Protocol):
    """Pictures and words to vectors of one space: `dim` floats each, unit length.

    Equal input gives equal output bits. The product of a text's vector and a picture's is the cosine
    by which they are compared.
    """

    name: str
    dim: int

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (len(texts), dim) float32 rows of unit length."""
        ...

    def encode_pictures(self, pictures: Sequence[Image]) -> np.ndarray:
        """Return (len(pictures), dim) float32 rows of unit length; pictures of any size and mode."""
        ...


class Autoencoder(Protocol):
    """Pictures to standardised latents and back.

    Pictures are (B, 3, H, W) float in [-1, 1]; latents are (B, C, h, w) with unit variance a channel.
    """

    def encode(self, pictures: Tensor) -> Tensor: ...

    def decode(self, latents: Tensor) -> Tensor: ...
