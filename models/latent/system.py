"""A generator ready to serve: text encoder, denoiser and autoencoder loaded from one folder."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor

from models.checkpoint import CheckpointError, digest, read_config
from models.diffusion.classifier_guidance import gradient
from models.encoders.minilm import MiniLM
from models.latent.autoencoder import AutoencoderShape, ConvAutoencoder
from models.latent.parts import CLASSIFIER, DENOISER, FEW, WEAK, fill, load_classifier, load_few, load_weak
from models.nets.denoiser import LatentDenoiser
from models.nets.dit import DiffusionTransformer, TransformerShape
from models.nets.gallery import hang, without
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from models.nets.classifier import NoiseAwareClassifier
    from models.types import TokenEncoder

FILES = ("system.json", "autoencoder.safetensors", DENOISER)
SIGMA_SPAN = (0.02, 40.0)


@dataclass(frozen=True, slots=True)
class Companions:
    """What may lie beside a system: a classifier, a weaker denoiser and a few-step student."""

    classifier: NoiseAwareClassifier | None = None
    weak: LatentDenoiser | None = None
    few: LatentDenoiser | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What system.json says: name, digest of all files, strength of guidance it looks best at, and more.

    sizes:      (width, height) in pixels that it draws well, its own first; empty is its own alone.
    sigma_span: the lowest and highest noise level it knows.
    """

    name: str
    digest: str
    guidance: float = 3.0
    sizes: tuple[tuple[int, int], ...] = ()
    sigma_span: tuple[float, float] = SIGMA_SPAN


class LatentSystem:
    """Denoises, conditions, encodes and decodes; a row's bits never depend on who shares the batch.

    latent_shape: (C, h, w) of one latent. picture_size: pixels a side of one picture.
    length:       text tokens that `condition` keeps by default.
    denoiser:     the net as a denoiser, on its device. space: what its density is over.
    controls:     classes it can be steered to, by question. guidances: ways in which it can be guided.
    neighbours:   latents that a row can be shown beside its words.
    precision:    "float32", or "bfloat16" in the denoisers' products.

    The nets live on `device`; what comes in and goes out lives on the CPU.
    """

    space: Literal["pixels", "latents"] = "latents"

    def __init__(
        self,
        autoencoder: ConvAutoencoder,
        denoiser: LatentDenoiser,
        encoder: TokenEncoder,
        facts: Facts,
        companions: Companions | None = None,
        *,
        device: str = "cpu",
        precision: str = "float32",
    ) -> None:
        shape = denoiser.net.shape
        self.name, self.digest, self.guidance = facts.name, facts.digest, facts.guidance
        self.sigma_span, self.precision, self.length = facts.sigma_span, precision, denoiser.length
        self.latent_shape = (shape.channels, shape.side, shape.side)
        self.neighbours = shape.neighbours
        self.picture_size = shape.side * autoencoder.shape.factor
        self.sizes = facts.sizes or ((self.picture_size, self.picture_size),)
        self._companions = companions or Companions()
        self.controls = _questions(self._companions.classifier)
        self.guidances = _guidances(self._companions)
        self._device = torch.device(device)
        self._autoencoder, self.denoiser, self._encoder = autoencoder, denoiser, encoder
        for net in (autoencoder, denoiser.net, *_nets(self._companions)):
            net.to(self._device)

    @classmethod
    def load(
        cls,
        directory: Path,
        encoder: TokenEncoder | None = None,
        *,
        device: str = "cpu",
        precision: str = "float32",
    ) -> LatentSystem:
        """Load a folder with system.json, autoencoder.safetensors and denoiser.safetensors.

        A classifier, a weaker denoiser and a few-step head are loaded where they lie beside them.
        `encoder` shares an already loaded text encoder. Raises FileNotFoundError for a missing file and
        CheckpointError for one that is not what it should be; pickles are never opened.
        """
        config = read_config(directory / FILES[0])
        encoder = encoder or MiniLM()
        if encoder.name != config["text_encoder"]:
            raise CheckpointError(
                f"{directory.name} was trained with {config['text_encoder']}, not {encoder.name}"
            )
        autoencoder = ConvAutoencoder(AutoencoderShape(**config["autoencoder"]))
        fill(autoencoder, directory / FILES[1])
        net = DiffusionTransformer(TransformerShape(**config["denoiser"]))
        fill(net, directory / FILES[2])
        denoiser = LatentDenoiser(net, int(config["length"]))
        return cls(
            autoencoder,
            denoiser,
            encoder,
            _facts(config, _digest(directory)),
            Companions(load_classifier(directory), load_weak(directory), load_few(directory, denoiser)),
            device=device,
            precision=precision,
        )

    def shape_of(self, width: int, height: int) -> tuple[int, int, int]:
        """Return the shape (C, h, w) of the latent of a picture of so many pixels."""
        factor = self._autoencoder.shape.factor
        return self.latent_shape[0], height // factor, width // factor

    def num_tokens(self, shape: tuple[int, int, int]) -> int:
        """Return the tokens of a row of this shape at most: noise level, words, picture."""
        return 1 + self.length + shape[1] * shape[2] // self.denoiser.net.shape.patch**2

    def denoise(self, x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        """Return D(x; sigma, cond) (B, C, h, w); sigma is (B,), one noise level a row."""
        told = self.denoiser.unconditional(x) if cond is None else cond
        return torch.stack(self.denoise_each(list(x), sigma, told))

    def differentiable(self, x: Tensor, sigma: Tensor, cond: Conditioning) -> Tensor:
        """Return what `denoise` returns, up to rounding, where gradients in x can pass."""
        return self.denoiser(x.to(self._device), sigma.to(self._device), self._moved(cond)).cpu()

    def denoise_each(
        self, latents: Sequence[Tensor], sigma: Tensor, cond: Conditioning, *, weak: bool = False
    ) -> list[Tensor]:
        """Return D of latents (C, h_i, w_i), whose sizes may differ, in one pass; by the `weak` one if asked.

        Raises ValueError when there is no weaker denoiser.
        """
        denoiser = self._companions.weak if weak else self.denoiser
        if denoiser is None:
            raise ValueError(f"{self.name} has no weaker denoiser")
        return self._asked(denoiser, latents, sigma, cond)

    def jump(self, x: Tensor, sigma: Tensor, cond: Conditioning | None, target: Tensor) -> Tensor:
        """Return what `jump_each` does as one tensor (B, C, h, w)."""
        told = self.denoiser.unconditional(x) if cond is None else cond
        return torch.stack(self.jump_each(list(x), sigma, told, target))

    def jump_each(
        self, latents: Sequence[Tensor], sigma: Tensor, cond: Conditioning, target: Tensor
    ) -> list[Tensor]:
        """Return the guided estimates by which a DDIM step from sigma (B,) arrives at the levels target (B,).

        Raises ValueError when there is no few-step head.
        """
        if self._companions.few is None:
            raise ValueError(f"{self.name} has no few-step head")
        return self._asked(self._companions.few, latents, sigma, cond, target)

    def _asked(
        self,
        denoiser: LatentDenoiser,
        latents: Sequence[Tensor],
        sigma: Tensor,
        cond: Conditioning,
        target: Tensor | None = None,
    ) -> list[Tensor]:
        aim = None if target is None else target.to(self._device)
        with torch.inference_mode(), self._mixed_precision():
            seen = [latent.to(self._device) for latent in latents]
            told = self._moved(without(cond, self.denoiser.net.shape, denoiser.net.shape))
            found = denoiser.each(seen, sigma.to(self._device), told, aim)
        return [one.cpu() for one in found]

    def steer(
        self, latents: Sequence[Tensor], sigma: Tensor, wishes: Sequence[Mapping[str, str]]
    ) -> list[Tensor]:
        """Return the gradients of log p(wishes[i] | latents[i]; sigma[i]) in each latent (C, h, w).

        Raises ValueError for a question or class that there is not, and for latents of another size
        than the classifier's.
        """
        classifier = self._companions.classifier
        if classifier is None:
            raise ValueError(f"{self.name} has no classifier")
        if any(tuple(latent.shape) != self.latent_shape for latent in latents):
            raise ValueError(f"the classifier reads latents of shape {self.latent_shape} alone")
        x = torch.stack(list(latents)).to(self._device)
        return list(gradient(classifier.wanting(wishes), x, sigma.to(self._device)).cpu())

    def condition(
        self, prompts: Sequence[str], length: int | None = None, shown: Sequence[Sequence[Tensor]] = ()
    ) -> Conditioning:
        """Return the conditioning of prompts; the empty prompt is the unconditional one.

        `shown` are for each prompt latents (C, side, side) of its neighbours, nearest first. Raises
        ValueError for more than `neighbours`.
        """
        if any(len(latents) > self.neighbours for latents in shown):
            raise ValueError(f"{self.name} is shown {self.neighbours} neighbours at most")
        told = self._encoder.condition(prompts, length or self.length)
        return hang(told, shown or [[] for _ in prompts], self.denoiser.net.shape)

    def encode(self, pictures: np.ndarray) -> Tensor:
        """Return latents (B, C, h, w) of RGB pictures (B, H, W, 3) uint8, of one of the `sizes`.

        Raises ValueError for pictures of another shape or type.
        """
        height, width = pictures.shape[1:3]
        if pictures.dtype != np.uint8 or pictures.shape[3:] != (3,) or (width, height) not in self.sizes:
            sizes = " or ".join(f"(B, {h}, {w}, 3) uint8" for w, h in self.sizes)
            raise ValueError(f"pictures are {sizes}, not {pictures.shape} {pictures.dtype}")
        unit = torch.from_numpy(pictures.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        with torch.inference_mode(), _one_thread():
            # One at a time: the bits of a convolution depend on the size of its batch.
            rows = [self._autoencoder.encode(row[None].contiguous().to(self._device)).cpu() for row in unit]
            return torch.cat(rows) if rows else torch.zeros(0, *self.shape_of(width, height))

    def decode(self, latents: Tensor) -> np.ndarray:
        """Return RGB pictures (B, H, W, 3) uint8 of latents (B, C, h, w)."""
        height, width = (side * self._autoencoder.shape.factor for side in latents.shape[2:])
        pixels = np.zeros((len(latents), height, width, 3), dtype=np.uint8)
        with torch.inference_mode(), _one_thread():
            for i, row in enumerate(latents.float()):
                picture = self._autoencoder.decode(row[None].contiguous().to(self._device))[0]
                pixels[i] = ((picture + 1.0) * 127.5).round().byte().permute(1, 2, 0).cpu().numpy()
        return pixels

    def preview(self, latents: Tensor) -> np.ndarray:
        """Return what `decode` returns: decoding costs less than a tenth of the picture."""
        return self.decode(latents)

    def _mixed_precision(self) -> AbstractContextManager[object]:
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self._device.type, getattr(torch, self.precision))

    def _moved(self, cond: Conditioning) -> Conditioning:
        return Conditioning(*(part.to(self._device) for part in (cond.tokens, cond.mask, cond.pooled)))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: the bits of a convolution depend on how many share it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _facts(config: Mapping[str, Any], digest: str) -> Facts:
    low, high = config.get("sigma_span", SIGMA_SPAN)
    sizes = tuple((int(width), int(height)) for width, height in config.get("sizes", ()))
    return Facts(str(config["name"]), digest, float(config["guidance"]), sizes, (float(low), float(high)))


def _digest(directory: Path) -> str:
    """Digest what decides pixels: the parts that may lie beside a system count when they do."""
    parts = (CLASSIFIER, WEAK, FEW)
    beside = [directory / f"{part}.{kind}" for part in parts for kind in ("json", "safetensors")]
    return digest(*(directory / name for name in FILES), *(path for path in beside if path.is_file()))


def _questions(classifier: NoiseAwareClassifier | None) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({} if classifier is None else dict(classifier.shape.questions))


def _guidances(companions: Companions) -> tuple[str, ...]:
    names = {"classifier": companions.classifier, "auto": companions.weak, "distilled": companions.few}
    return ("classifier_free", *(name for name, part in names.items() if part is not None))


def _nets(companions: Companions) -> list[torch.nn.Module]:
    denoisers = [one.net for one in (companions.weak, companions.few) if one is not None]
    return [*denoisers, *(() if companions.classifier is None else (companions.classifier,))]
