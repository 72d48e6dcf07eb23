"""Asks each family's network in its own words; what goes in and comes out is always (B, C, h, w)."""

from __future__ import annotations

from dataclasses import dataclass
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

    from models.adapters.diffusers_timesteps import Timed
    from models.types import Conditioning


@dataclass(frozen=True, slots=True)
class UNet:
    """Stable Diffusion 1 and 2, and SDXL when `time_ids` is given.

    time_ids: original height and width, crop, wanted height and width (Podell et al. 2023, section 2.2).
    """

    net: Any
    time_ids: tuple[int, ...] | None = None

    def __call__(self, x: Tensor, timestep: Tensor, cond: Conditioning | None, /) -> Tensor:
        tokens, pooled = _told(self.net, cond)
        added = None
        if self.time_ids is not None:
            ids = x.new_tensor(self.time_ids).expand(len(x), -1)  # (B, 6)
            added = {"text_embeds": pooled, "time_ids": ids.to(pooled)}
        return _answer(self.net, x, timestep=timestep, encoder_hidden_states=tokens, added_cond_kwargs=added)


@dataclass(frozen=True, slots=True)
class SD3:
    """Stable Diffusion 3: predicts noise - clean at T·t (Esser et al. 2024)."""

    net: Any

    def __call__(self, x: Tensor, timestep: Tensor, cond: Conditioning | None, /) -> Tensor:
        tokens, pooled = _told(self.net, cond)
        return _answer(
            self.net, x, timestep=timestep, encoder_hidden_states=tokens, pooled_projections=pooled
        )


@dataclass(frozen=True, slots=True)
class Flux:
    """FLUX: 2×2 latent pixels a token, places by identity, its time t itself.

    guidance: the strength that a guidance-distilled network is told, one constant for all rows.
    steps:    T, by which the clock's T·t is divided.

    Run in bfloat16, diffusers rounds t and the guidance to 8 bits before it embeds them, as it does
    in its own pipeline.
    """

    net: Any
    guidance: float
    steps: int

    def __call__(self, x: Tensor, timestep: Tensor, cond: Conditioning | None, /) -> Tensor:
        tokens, pooled = _told(self.net, cond)
        strength = x.new_full((len(x),), self.guidance) if self.net.config.guidance_embeds else None
        answer = _answer(
            self.net,
            packed(x),
            timestep=timestep / self.steps,
            guidance=strength,
            pooled_projections=pooled,
            encoder_hidden_states=tokens,
            txt_ids=tokens.new_zeros(tokens.shape[1], 3),
            img_ids=_places(x).to(tokens),
        )
        return unpacked(answer, x.shape[2], x.shape[3])


def packed(x: Tensor) -> Tensor:
    """Fold each 2×2 of latents (B, C, h, w) into a token: (B, h·w / 4, 4·C)."""
    batch, channels, height, width = x.shape
    folded = x.reshape(batch, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
    return folded.reshape(batch, height * width // 4, channels * 4)


def unpacked(tokens: Tensor, height: int, width: int) -> Tensor:
    """Undo `packed` for latents of height × width."""
    unfolded = tokens.reshape(len(tokens), height // 2, width // 2, -1, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return unfolded.reshape(len(tokens), -1, height, width)


def load_network(
    checkpoint: Checkpoint,
    *,
    device: torch.device,
    dtype: torch.dtype,
    importer: Callable[[str], ModuleType],
) -> Any:
    """Load a folder's network. Raises CheckpointError, also for a variant that is asked differently.

    Networks that inpaint, refine, or are told a guidance strength through their time embedding have
    the same layout and other inputs.
    """
    layout = checkpoint.layout
    source = found(layout.network_class, importer)
    folder = checkpoint.directory / layout.network
    net = loaded(source, folder, NETWORK_WEIGHTS, torch_dtype=dtype, low_cpu_mem_usage=False)
    if layout.network == "unet":
        expected = "text_time" if layout.pipeline == "StableDiffusionXLPipeline" else None
        if net.config.addition_embed_type != expected or net.config.time_cond_proj_dim is not None:
            raise CheckpointError(f"this unet takes other inputs than a {layout.pipeline} gives")
    return net.to(device)


def asked(checkpoint: Checkpoint, net: Any, *, picture_size: int, guidance: float, steps: int) -> Timed:
    """Return the family's way to ask the network."""
    pipeline = checkpoint.layout.pipeline
    if pipeline == "FluxPipeline":
        return Flux(net, guidance, steps)
    if pipeline == "StableDiffusion3Pipeline":
        return SD3(net)
    if pipeline == "StableDiffusionPipeline":
        return UNet(net)
    return UNet(net, (picture_size, picture_size, 0, 0, picture_size, picture_size))


def latent_side(checkpoint: Checkpoint, net: Any) -> int:
    """Return the side of the latents a network was trained for. FLUX does not say; its pictures are 1024²."""
    if checkpoint.layout.pipeline == "FluxPipeline":
        return 128
    return int(net.config.sample_size)


def latent_channels(checkpoint: Checkpoint, net: Any) -> int:
    """Return the number of channels of the network's latents."""
    folded = 4 if checkpoint.layout.pipeline == "FluxPipeline" else 1
    return int(net.config.in_channels) // folded


def state_width(checkpoint: Checkpoint, net: Any) -> int:
    """Return the width of the text states the network attends to."""
    is_unet = checkpoint.layout.network == "unet"
    return int(net.config.cross_attention_dim if is_unet else net.config.joint_attention_dim)


def check_side(checkpoint: Checkpoint, net: Any, side: int) -> None:
    """Raise ValueError when the network cannot see latents of this side."""
    layout = checkpoint.layout
    if layout.network == "unet":
        divisor = 2 ** (len(net.config.block_out_channels) - 1)
        most = None
    else:
        is_flux = layout.pipeline == "FluxPipeline"
        divisor = 2 if is_flux else int(net.config.patch_size)
        most = None if is_flux else int(net.config.pos_embed_max_size) * divisor
    if side < divisor or side % divisor or (most is not None and side > most):
        limit = "" if most is None else f" up to {most}"
        raise ValueError(f"latents have a side that {divisor} divides{limit}, not {side}")


def _told(net: Any, cond: Conditioning | None) -> tuple[Tensor, Tensor]:
    if cond is None:
        raise ValueError("these networks are always told something: the empty prompt at least")
    parameter = next(net.parameters())
    return cond.tokens.to(parameter), cond.pooled.to(parameter)


def _answer(net: Any, x: Tensor, **told: Any) -> Tensor:
    """Call the network on its own device and in its own precision; return float32 where x came from."""
    parameter = next(net.parameters())
    moved = {
        name: value.to(parameter.device) if isinstance(value, torch.Tensor) else value
        for name, value in told.items()
    }
    answer: Tensor = net(x.to(parameter), **moved, return_dict=False)[0]
    return answer.to(x)


def _places(x: Tensor) -> Tensor:
    """Return the row and column of each token, (h·w / 4, 3), the first number unused."""
    height, width = x.shape[2] // 2, x.shape[3] // 2
    places = torch.zeros(height, width, 3)
    places[..., 1] = torch.arange(height)[:, None]
    places[..., 2] = torch.arange(width)[None, :]
    return places.reshape(-1, 3)
