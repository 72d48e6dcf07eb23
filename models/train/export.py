"""Packs a finished run into the folder that is served: averaged weights in half precision beside JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import torch

from models.checkpoint import write_config, write_weights
from models.nets.dit import DiffusionTransformer, TransformerShape
from models.train.autoencoder import finished_autoencoder

if TYPE_CHECKING:
    from pathlib import Path


def export_system(
    autoencoder_run: Path,
    denoiser_run: Path,
    target: Path,
    *,
    name: str,
    shape: TransformerShape,
    length: int,
    guidance: float = 3.0,
    text_encoder: str = "all-MiniLM-L6-v2",
) -> None:
    """Write system.json, autoencoder.safetensors and denoiser.safetensors (float16) to `target`.

    The averaged weights of the newest checkpoint are taken, so an unfinished run can be packed too.
    """
    target.mkdir(parents=True, exist_ok=True)
    autoencoder, _ = finished_autoencoder(autoencoder_run)
    net = DiffusionTransformer(shape)
    state = torch.load(denoiser_run / "checkpoint.pt", weights_only=True)
    net.load_state_dict(state["average"])
    write_weights(target / "autoencoder.safetensors", autoencoder.state_dict(), torch.float16)
    write_weights(target / "denoiser.safetensors", net.state_dict(), torch.float16)
    config = {
        "name": name,
        "text_encoder": text_encoder,
        "length": length,
        "guidance": guidance,
        "autoencoder": asdict(autoencoder.shape),
        "denoiser": asdict(shape),
        "denoiser_steps": int(state["step"]),
    }
    write_config(target / "system.json", config)
