"""Names what the worker asks of a model: words to conditioning, noise to latents, latents to pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from torch import Tensor

    from models.types import Conditioning


class System(Protocol):
    """One model with its text encoder and decoder; rows never depend on their batch mates.

    Tensors come in and go out on the CPU, wherever the model computes.
    """

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) over the model's files."""
        ...

    @property
    def precision(self) -> str:
        """Return the type in which the denoiser multiplies, `float32` or `bfloat16`."""
        ...

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Return the shape of the latent of a picture of the first size, (C, h, w)."""
        ...

    @property
    def length(self) -> int:
        """Return the number of text tokens a row is told."""
        ...

    @property
    def sizes(self) -> Sequence[tuple[int, int]]:
        """Return the (width, height) in pixels of the pictures it draws, its own first."""
        ...

    @property
    def sigma_span(self) -> tuple[float, float]:
        """Return the lowest and the highest noise level that it knows."""
        ...

    @property
    def space(self) -> Literal["pixels", "latents"]:
        """Return the space whose density the denoiser knows."""
        ...

    @property
    def controls(self) -> Mapping[str, Sequence[str]]:
        """Return the classes that `steer` knows, by question."""
        ...

    @property
    def guidances(self) -> Sequence[str]:
        """Return the names (`guidance` registry) of the ways in which it can be guided."""
        ...

    @property
    def neighbours(self) -> int:
        """Return how many latents of `latent_shape` a row can be shown beside its words."""
        ...

    def shape_of(self, width: int, height: int) -> tuple[int, int, int]:
        """Return the shape (C, h, w) of the latent of a picture of so many pixels."""
        ...

    def num_tokens(self, shape: tuple[int, int, int]) -> int:
        """Return how many tokens a row of this latent shape has at most."""
        ...

    def condition(
        self, prompts: Sequence[str], length: int, shown: Sequence[Sequence[Tensor]] = ()
    ) -> Conditioning:
        """Return the conditioning of prompts, padded to `length` tokens; "" is unconditional.

        `shown` are for each prompt the latents of its neighbours, at most `neighbours`; none for any
        when it is left out. Raises ValueError for more.
        """
        ...

    def denoise_each(
        self, latents: Sequence[Tensor], sigma: Tensor, cond: Conditioning, *, weak: bool = False
    ) -> Sequence[Tensor]:
        """Return the expected clean latents of latents (C, h_i, w_i) at sigma (B,), whose sizes may differ.

        `weak` asks the weaker denoiser that autoguidance steers away from. Raises ValueError without one.
        """
        ...

    def jump_each(
        self, latents: Sequence[Tensor], sigma: Tensor, cond: Conditioning, target: Tensor
    ) -> Sequence[Tensor]:
        """Return the estimates by which steps from sigma (B,) arrive at the levels target (B,).

        Raises ValueError without a few-step head.
        """
        ...

    def steer(
        self, latents: Sequence[Tensor], sigma: Tensor, wishes: Sequence[Mapping[str, str]]
    ) -> Sequence[Tensor]:
        """Return the gradients of log p(wishes[i] | latents[i]; sigma[i]) in each latent.

        Raises ValueError without a classifier, and for what it does not know.
        """
        ...

    def differentiable(self, x: Tensor, sigma: Tensor, cond: Conditioning) -> Tensor:
        """Return the expected clean latent of one row (1, C, h, w), where gradients in x can pass."""
        ...

    def encode(self, pictures: np.ndarray) -> Tensor:
        """Return latents (B, C, h, w) of pictures (B, H, W, 3) uint8. Raises ValueError for other sizes."""
        ...

    def decode(self, latents: Tensor) -> np.ndarray:
        """Return pictures (B, H, W, 3) uint8 of latents (B, C, h, w)."""
        ...

    def preview(self, latents: Tensor) -> np.ndarray:
        """Return quick pictures, maybe smaller, (B, h', w', 3) uint8 of latents (B, C, h, w)."""
        ...
