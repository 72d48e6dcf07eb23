"""Writes the folder of a latent system of the real architecture whose weights were only drawn."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import torch

from models.checkpoint import write_config, write_weights
from models.latent.autoencoder import AutoencoderShape, ConvAutoencoder
from models.nets.dit import DiffusionTransformer, TransformerShape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SMALL = TransformerShape(width=64, depth=3, heads=2, hidden=96)
SMALL_AUTOENCODER = AutoencoderShape(widths=(16, 16, 32), decoder_blocks=(1, 1, 1))


def write_untrained(
    folder: Path,
    shape: TransformerShape = SMALL,
    autoencoder: AutoencoderShape = SMALL_AUTOENCODER,
    sizes: Sequence[Sequence[int]] = (),
) -> None:
    """Write system.json and both weight files; what starts at zero in training is drawn too."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(11)
    net, pictures = DiffusionTransformer(shape), ConvAutoencoder(autoencoder)
    for layer in (net.modulation, net.last_modulation, net.output):
        torch.nn.init.normal_(layer.weight, std=0.05)
    write_weights(folder / "denoiser.safetensors", net.state_dict())
    write_weights(folder / "autoencoder.safetensors", pictures.state_dict())
    config = {
        "name": "untrained",
        "text_encoder": "all-MiniLM-L6-v2",
        "length": 20,
        "guidance": 3.0,
        "sizes": [list(size) for size in sizes],
        "autoencoder": asdict(autoencoder),
        "denoiser": asdict(shape),
    }
    write_config(folder / "system.json", config)
