"""Serves a diffusers-format folder as a system: words in, noise to latents, latents to pixels."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch.nn import functional

from models.adapters import diffusers_layout, diffusers_networks
from models.adapters.diffusers_pictures import KLAutoencoder, load_autoencoder
from models.adapters.diffusers_texts import Prompter, load_prompter
from models.adapters.diffusers_timesteps import Clock, discrete_clock, flow_clock
from models.adapters.folder import one_by_one, read_json
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

    from torch import Tensor

    from models.adapters.diffusers_layout import Checkpoint
    from models.types import Denoiser

_PREVIEW_SIDE = 32  # latents a side of a preview: a 512² picture is seen at 256²
_DISTILLED_GUIDANCE = 3.5  # what FLUX's authors tell their guidance-distilled network


class DiffusersSystem:
    """Stable Diffusion 1 and 2, SDXL, Stable Diffusion 3 or FLUX behind the worker's protocol.

    name:         what the folder is called. digest: sha256 of its configuration and weights.
    latent_shape: (C, h, w) of one latent. picture_size: pixels a side of one picture.
    length:       text tokens a row is told. guidance: strength its authors use.
    sigma_span:   the lowest and highest noise level it was trained for.
    space:        what its density is over.
    sizes, controls, guidances, precision: as in `models.latent.system`.

    With `batched` unset each row is a call of its own, so its bits never depend on its mates. Set, a
    batch is one call: quicker where one row does not fill the device, equal to rounding only.
    """

    space: Literal["pixels", "latents"] = "latents"

    def __init__(
        self,
        denoiser: Denoiser,
        prompter: Prompter,
        autoencoder: KLAutoencoder,
        *,
        name: str,
        digest: str,
        latent_side: int,
        guidance: float,
        sigma_span: tuple[float, float],
        batched: bool = False,
        precision: str = "float32",
    ) -> None:
        self.name, self.digest, self.guidance, self.sigma_span = name, digest, guidance, sigma_span
        self.length = prompter.length
        self.latent_shape = (autoencoder.channels, latent_side, latent_side)
        self.picture_size = latent_side * autoencoder.factor
        self.sizes = ((self.picture_size, self.picture_size),)
        self.controls: Mapping[str, Sequence[str]] = MappingProxyType({})
        self.guidances, self.precision = ("classifier_free",), precision
        self.neighbours = 0
        self._denoiser, self._prompter, self._autoencoder = denoiser, prompter, autoencoder
        self._batched = batched

    @classmethod
    def load(
        cls,
        directory: Path,
        *,
        picture_size: int | None = None,
        length: int | None = None,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
        distilled_guidance: float = _DISTILLED_GUIDANCE,
        batched: bool = False,
        importer: Callable[[str], ModuleType] = import_module,
    ) -> DiffusersSystem:
        """Load a folder with model_index.json, from disk alone.

        picture_size: pixels a side; the size it was trained for by default. length: T5's tokens, where
        there is a T5. dtype: of network and text encoders. distilled_guidance: what FLUX is told.
        Raises FileNotFoundError for a missing file, CheckpointError for one that is not what it should
        be (pickles are never opened), ValueError for a size it cannot draw, and AdapterMissing when
        diffusers is not installed.
        """
        place = torch.device(device)
        checkpoint = diffusers_layout.opened(directory)
        clock = _clock(checkpoint)
        net = diffusers_networks.load_network(checkpoint, device=place, dtype=dtype, importer=importer)
        channels = diffusers_networks.latent_channels(checkpoint, net)
        autoencoder = load_autoencoder(checkpoint, channels=channels, device=place, importer=importer)
        side = _latent_side(checkpoint, net, autoencoder.factor, picture_size)
        pixels, width = side * autoencoder.factor, diffusers_networks.state_width(checkpoint, net)
        network = diffusers_networks.asked(
            checkpoint, net, picture_size=pixels, guidance=distilled_guidance, steps=clock.steps
        )
        return cls(
            clock.denoiser(network),
            load_prompter(checkpoint, width, length=length, device=place, dtype=dtype, importer=importer),
            autoencoder,
            name=directory.resolve().name,
            digest=checkpoint.digest(),
            latent_side=side,
            guidance=checkpoint.layout.guidance,
            sigma_span=clock.span,
            batched=batched,
            precision=str(dtype).removeprefix("torch."),
        )

    def denoise(self, x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        """Return D(x; sigma, cond) (B, C, h, w); sigma is (B,), one noise level a row."""
        told = self.condition([""] * len(x)) if cond is None else cond
        with torch.inference_mode():
            if self._batched or len(x) < 2:
                return self._denoiser(x, sigma, told)
            rows = zip(one_by_one(x), one_by_one(sigma), _split(told), strict=True)
            return torch.cat([self._denoiser(each, level, row) for each, level, row in rows])

    def differentiable(self, x: Tensor, sigma: Tensor, cond: Conditioning) -> Tensor:
        """Return what `denoise` returns for one row, where gradients in x can pass."""
        return self._denoiser(x, sigma, cond)

    def shape_of(self, width: int, height: int) -> tuple[int, int, int]:
        """Return the shape (C, h, w) of the latent of a picture of so many pixels."""
        factor = self._autoencoder.factor
        return self.latent_shape[0], height // factor, width // factor

    def num_tokens(self, shape: tuple[int, int, int]) -> int:
        """Return the positions of a row of this latent shape, and its words."""
        return shape[1] * shape[2] + self.length

    def denoise_each(
        self, latents: Sequence[Tensor], sigma: Tensor, cond: Conditioning, *, weak: bool = False
    ) -> list[Tensor]:
        """Return D of latents (C, h, w), like `denoise`. Raises ValueError when a `weak` one is asked for."""
        if weak:
            raise ValueError(f"{self.name} has no weaker denoiser")
        return list(self.denoise(torch.stack(list(latents)), sigma, cond))

    def jump_each(
        self, latents: Sequence[Tensor], sigma: Tensor, cond: Conditioning, target: Tensor
    ) -> list[Tensor]:
        """Raise ValueError: nobody distilled somebody else's model."""
        jumps = list(zip(sigma.tolist(), target.tolist(), strict=True))
        raise ValueError(
            f"{self.name} has no few-step head for {len(latents)} of {len(cond.tokens)}: {jumps}"
        )

    def steer(
        self, latents: Sequence[Tensor], sigma: Tensor, wishes: Sequence[Mapping[str, str]]
    ) -> list[Tensor]:
        """Raise ValueError: nobody trained a classifier for somebody else's latents."""
        rows = list(zip(sigma.tolist(), wishes, strict=True))
        raise ValueError(f"{self.name} has no classifier to steer {len(latents)} rows: {rows}")

    def condition(
        self,
        prompts: Sequence[str],
        length: int | None = None,
        shown: Sequence[Sequence[Tensor]] = (),
    ) -> Conditioning:
        """Return the conditioning of prompts, each computed alone; the empty one is unconditional.

        Every token counts as real, since these networks attend to their padding. Raises ValueError for
        a length other than the system's, and for pictures that are shown: these networks read words alone.
        """
        if any(shown):
            raise ValueError(f"{self.name} is shown no neighbours")
        if length not in {None, self.length}:
            raise ValueError(f"{self.name} is told {self.length} text tokens a row, not {length}")
        with torch.no_grad():
            rows = [self._prompter([prompt]) for prompt in prompts]
        return Conditioning(*(torch.cat(parts) for parts in zip(*map(_tensors, rows), strict=True)))

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
            rows = [self._autoencoder.encode(row) for row in one_by_one(unit)]
        return torch.cat(rows) if rows else torch.zeros(0, *self.latent_shape)

    def decode(self, latents: Tensor) -> np.ndarray:
        """Return RGB pictures (B, H, W, 3) uint8 of latents (B, C, h, w), one at a time."""
        height, width = (side * self._autoencoder.factor for side in latents.shape[2:])
        pixels = np.zeros((len(latents), height, width, 3), dtype=np.uint8)
        with torch.inference_mode():
            for i, row in enumerate(one_by_one(latents.float())):
                picture = self._autoencoder.decode(row)[0]
                pixels[i] = ((picture + 1.0) * 127.5).round().byte().permute(1, 2, 0).cpu().numpy()
        return pixels

    def preview(self, latents: Tensor) -> np.ndarray:
        """Return pictures of averaged latents, at most 32 a side: the decoder's cost grows with area."""
        pool = max(1, -(-latents.shape[-1] // _PREVIEW_SIDE))
        return self.decode(functional.avg_pool2d(latents.float(), pool) if pool > 1 else latents)


def _clock(checkpoint: Checkpoint) -> Clock:
    config = read_json(checkpoint.directory / "scheduler" / "scheduler_config.json")
    return flow_clock(config) if checkpoint.layout.flow else discrete_clock(config)


def _latent_side(checkpoint: Checkpoint, net: Any, factor: int, picture_size: int | None) -> int:
    if picture_size is None:
        return diffusers_networks.latent_side(checkpoint, net)
    if picture_size < factor or picture_size % factor:
        raise ValueError(f"pictures have a side that {factor} divides, not {picture_size}")
    diffusers_networks.check_side(checkpoint, net, picture_size // factor)
    return picture_size // factor


def _tensors(cond: Conditioning) -> tuple[Tensor, Tensor, Tensor]:
    return cond.tokens, cond.mask, cond.pooled


def _split(cond: Conditioning) -> list[Conditioning]:
    return [Conditioning(*parts) for parts in zip(*map(one_by_one, _tensors(cond)), strict=True)]
