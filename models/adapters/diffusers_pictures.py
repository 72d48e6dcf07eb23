"""Decodes and encodes pictures with a folder's AutoencoderKL, in latents of about unit variance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from models.adapters.diffusers_layout import NETWORK_WEIGHTS, Checkpoint
from models.adapters.folder import loaded
from models.adapters.libraries import found
from models.checkpoint import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from torch import Tensor


class KLAutoencoder:
    """The `Autoencoder` protocol over diffusers' class; always float32.

    Latents are standardised as (z - mean) / deviation with the folder's own numbers: the deviation is
    1 / scaling_factor and the mean shift_factor (Rombach et al. 2022, appendix G; Esser et al. 2024),
    or a mean and a deviation a channel where the folder gives them.
    """

    def __init__(self, net: Any) -> None:
        self._net = net
        config = net.config
        self.factor = 2 ** (len(config.block_out_channels) - 1)
        self.channels = int(config.latent_channels)
        scale, shift = float(config.scaling_factor), float(config.shift_factor or 0.0)
        deviations = config.latents_std or [1.0] * self.channels
        means = config.latents_mean or [shift] * self.channels
        device = next(net.parameters()).device
        self._mean = torch.tensor(means, device=device).reshape(1, -1, 1, 1)
        self._deviation = torch.tensor(deviations, device=device).reshape(1, -1, 1, 1) / scale

    def encode(self, pictures: Tensor) -> Tensor:
        """Return standardised latents (B, C, h, w) of pictures (B, 3, H, W) in [-1, 1]: the modes."""
        raw = self._net.encode(pictures.to(self._mean)).latent_dist.mode()
        standard: Tensor = (raw - self._mean) / self._deviation
        return standard.to(pictures)

    def decode(self, latents: Tensor) -> Tensor:
        """Return pictures (B, 3, H, W) in [-1, 1] of standardised latents (B, C, h, w)."""
        raw = latents.to(self._mean) * self._deviation + self._mean
        pictures: Tensor = self._net.decode(raw, return_dict=False)[0]
        return pictures.clamp(-1.0, 1.0).to(latents)


def load_autoencoder(
    checkpoint: Checkpoint,
    *,
    channels: int,
    device: torch.device,
    importer: Callable[[str], ModuleType],
) -> KLAutoencoder:
    """Load a folder's autoencoder, whose latents have as many channels as the network's.

    Raises CheckpointError, AdapterMissing.
    """
    net = loaded(
        found("AutoencoderKL", importer),
        checkpoint.directory / "vae",
        NETWORK_WEIGHTS,
        torch_dtype=torch.float32,
        low_cpu_mem_usage=False,
    )
    autoencoder = KLAutoencoder(net.to(device))
    if autoencoder.channels != channels:
        raise CheckpointError(f"the network sees {channels} channels and the vae has {autoencoder.channels}")
    return autoencoder
