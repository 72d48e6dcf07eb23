"""A generator ready to serve: text encoder, denoiser and autoencoder loaded from one folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor

from models.checkpoint import CheckpointError, digest, read_config, read_weights
from models.encoders.minilm import MiniLM
from models.latent.autoencoder import AutoencoderShape, ConvAutoencoder
from models.nets.denoiser import LatentDenoiser
from models.nets.dit import DiffusionTransformer, TransformerShape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from models.types import Conditioning, TokenEncoder

FILES = ("system.json", "autoencoder.safetensors", "denoiser.safetensors")


class LatentSystem:
    """Denoises, conditions, encodes and decodes; a row's bits never depend on who shares the batch.

    name:         what the system is called. digest: sha256 of its configuration and weights.
    latent_shape: (C, h, w) of one latent. picture_size: pixels a side of one picture.
    length:       text tokens that `condition` keeps by default. guidance: strength it looks best at.
    denoiser:     `denoise` where gradients can pass. space: what its density is over.
    """

    space: Literal["pixels", "latents"] = "latents"

    def __init__(
        self,
        autoencoder: ConvAutoencoder,
        denoiser: LatentDenoiser,
        encoder: TokenEncoder,
        *,
        name: str,
        digest: str,
        guidance: float = 3.0,
    ) -> None:
        shape = denoiser.net.shape
        self.name, self.digest, self.guidance = name, digest, guidance
        self.length = denoiser.length
        self.latent_shape = (shape.channels, shape.side, shape.side)
        self.picture_size = shape.side * autoencoder.shape.factor
        self._autoencoder, self.denoiser, self._encoder = autoencoder, denoiser, encoder

    @classmethod
    def load(cls, directory: Path, encoder: TokenEncoder | None = None) -> LatentSystem:
        """Load a folder with system.json, autoencoder.safetensors and denoiser.safetensors.

        `encoder` shares an already loaded text encoder. Raises FileNotFoundError for a missing file
        and CheckpointError for one that is not what it should be; pickles are never opened.
        """
        config = read_config(directory / FILES[0])
        encoder = encoder or MiniLM()
        if encoder.name != config["text_encoder"]:
            raise CheckpointError(
                f"{directory.name} was trained with {config['text_encoder']}, not {encoder.name}"
            )
        autoencoder = ConvAutoencoder(AutoencoderShape(**config["autoencoder"]))
        _fill(autoencoder, directory / FILES[1])
        net = DiffusionTransformer(TransformerShape(**config["denoiser"]))
        _fill(net, directory / FILES[2])
        return cls(
            autoencoder,
            LatentDenoiser(net, int(config["length"])),
            encoder,
            name=str(config["name"]),
            digest=digest(*(directory / name for name in FILES)),
            guidance=float(config["guidance"]),
        )

    def denoise(self, x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        """Return D(x; sigma, cond) (B, C, h, w); sigma is (B,), one noise level a row."""
        with torch.inference_mode():
            return self.denoiser(x, sigma, cond)

    def condition(self, prompts: Sequence[str], length: int | None = None) -> Conditioning:
        """Return the conditioning of prompts; the empty prompt is the unconditional one."""
        return self._encoder.condition(prompts, length or self.length)

    def encode(self, pictures: np.ndarray) -> Tensor:
        """Return latents (B, C, h, w) of RGB pictures (B, size, size, 3) uint8.

        Raises ValueError for pictures of another shape or type.
        """
        side = self.picture_size
        if pictures.dtype != np.uint8 or pictures.shape[1:] != (side, side, 3):
            raise ValueError(
                f"pictures are (B, {side}, {side}, 3) uint8, not {pictures.shape} {pictures.dtype}"
            )
        unit = torch.from_numpy(pictures.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        with torch.inference_mode():
            # One at a time: the bits of a convolution depend on the size of its batch.
            rows = [self._autoencoder.encode(row[None].contiguous()) for row in unit]
            return torch.cat(rows) if rows else torch.zeros(0, *self.latent_shape)

    def decode(self, latents: Tensor) -> np.ndarray:
        """Return RGB pictures (B, size, size, 3) uint8 of latents (B, C, h, w)."""
        side = self.picture_size
        pixels = np.zeros((len(latents), side, side, 3), dtype=np.uint8)
        with torch.inference_mode():
            for i, row in enumerate(latents.float()):
                picture = self._autoencoder.decode(row[None].contiguous())[0]
                pixels[i] = ((picture + 1.0) * 127.5).round().byte().permute(1, 2, 0).numpy()
        return pixels

    def preview(self, latents: Tensor) -> np.ndarray:
        """Return what `decode` returns: decoding costs less than a tenth of the picture."""
        return self.decode(latents)


def _fill(net: torch.nn.Module, path: Path) -> None:
    try:
        net.load_state_dict(read_weights(path))
    except RuntimeError as error:
        raise CheckpointError(f"{path.name} does not fit its configuration: {error}") from error
    net.eval().requires_grad_(requires_grad=False)
