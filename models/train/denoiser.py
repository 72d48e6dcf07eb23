"""Trains the denoiser: velocity prediction on cached latents, told by cached token states of captions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.encoders import MiniLM
from models.nets.blocks import attend_eagerly
from models.nets.dit import DiffusionTransformer, TransformerShape
from models.train.autoencoder import finished_autoencoder
from models.train.cache import (
    cache_captions,
    cache_latents,
    folder_variants,
    icon_variants,
    picture_loader,
)
from models.train.data import DRAWING_VERSION, load_masks, training_icons
from models.train.distributed import joined
from models.train.export import export_system
from models.train.loop import Trainer
from models.train.sheets import draw_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.latent.autoencoder import ConvAutoencoder
    from models.train.config import Recipe


class LatentSource:
    """Latents with captions, in batches that are a function of (seed, step)."""

    def __init__(self, recipe: Recipe, autoencoder: ConvAutoencoder, digest: str) -> None:
        self.recipe = recipe
        data, cache = recipe.data, Path(recipe.output) / "cache"
        if data.source == "icons":
            icons = training_icons()
            variants = icon_variants(icons, data, recipe.seed)
            masks = load_masks(icons, data.size, cache)
            load = picture_loader(variants, masks, None, data.size)
            self.sources, self.choices = len(icons), data.colorings
        else:
            variants = folder_variants(Path(data.source))
            load = picture_loader(variants, None, Path(data.source), data.size)
            self.sources, self.choices = len(variants), 1
        captions = [caption for variant in variants for caption in variant.captions]
        counts = [len(variant.captions) for variant in variants]
        self.first_caption = np.concatenate([[0], np.cumsum(counts)])
        self.captions = cache_captions(captions, MiniLM(bf16=True), data.length, cache)
        self._order: tuple[int, np.ndarray] | None = None  # the epoch at hand
        key = f"{digest}/{DRAWING_VERSION}/{data}/{recipe.seed}/{len(variants)}"
        self.latents = cache_latents(len(variants), load, autoencoder, key, cache)

    def pick(self, step: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return variants and captions (count,) of a step; every source comes once an epoch."""
        random = np.random.default_rng([self.recipe.seed, step])
        sources = np.array([self._shuffled(step * count + i) for i in range(count)])
        plain = random.random(count) < self.recipe.data.plain
        colors = random.integers(1, max(2, self.choices), size=count)
        variants = sources * self.choices + (np.where(plain, 0, colors) if self.choices > 1 else 0)
        low, high = self.first_caption[variants], self.first_caption[variants + 1]
        return variants, low + (random.random(count) * (high - low)).astype(np.int64)

    def _shuffled(self, position: int) -> int:
        """Return the source at a position of the endless run of shuffled epochs."""
        epoch, place = divmod(position, self.sources)
        if self._order is None or self._order[0] != epoch:
            order = np.random.default_rng([self.recipe.seed, 7, epoch]).permutation(self.sources)
            self._order = (epoch, order)
        return int(self._order[1][place])


class DenoiserObjective(nn.Module):
    """Mean squared error of the velocity on the cos/sin path, with everything random drawn beforehand."""

    def __init__(self, recipe: Recipe, source: LatentSource) -> None:
        super().__init__()
        self.recipe, self.source = recipe, source
        self.net = DiffusionTransformer(TransformerShape(**recipe.model))
        self.net.attend_with(attend_eagerly)

    def draw(self, step: int, rows: slice) -> tuple[Tensor, ...]:
        """Return latents, noise, angles t and the conditioning of a step."""
        batch = self.recipe.schedule.batch
        variants, captions = self.source.pick(step, batch)
        generator = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + step)
        clean = self.source.latents[variants[rows]].float()
        noise = torch.randn(batch, *clean.shape[1:], generator=generator)[rows]
        angle = draw_angles(batch, float(self.recipe.objective.get("uniform", 0.5)), generator)[rows]
        kept = torch.rand(batch, generator=generator)[rows] >= float(
            self.recipe.objective.get("dropout", 0.1)
        )
        tokens, mask, pooled = self.source.captions.gather(captions[rows], self.recipe.data.length)
        tokens, mask, pooled = tokens * kept[:, None, None], mask & kept[:, None], pooled * kept[:, None]
        return clean, noise, angle, tokens, mask, pooled

    def forward(
        self, clean: Tensor, noise: Tensor, angle: Tensor, tokens: Tensor, mask: Tensor, pooled: Tensor
    ) -> dict[str, Tensor]:
        """Return the terms of the loss (Salimans & Ho 2022, appendix D)."""
        cosine, sine = angle.cos()[:, None, None, None], angle.sin()[:, None, None, None]
        velocity = self.net(cosine * clean + sine * noise, angle.tan(), tokens, mask, pooled).float()
        error = functional.mse_loss(velocity, cosine * noise - sine * clean, reduction="none").mean((1, 2, 3))
        high = angle > math.pi / 4
        return {
            "loss": error.mean(),
            "above": (error.detach() * high).sum() / high.sum().clamp(min=1),
            "below": (error.detach() * ~high).sum() / (~high).sum().clamp(min=1),
        }

    def sheet(self, net: nn.Module, path: Path) -> None:
        """Write generated pictures for a fixed list of prompts."""
        if not isinstance(net, DiffusionTransformer):
            raise TypeError("this objective trains a DiffusionTransformer")
        autoencoder, _ = finished_autoencoder(Path(self.recipe.objective["autoencoder"]))
        draw_sheet(net, autoencoder, MiniLM(), path, length=self.recipe.data.length)


def draw_angles(count: int, uniform: float, generator: torch.Generator) -> Tensor:
    """Draw t in (0, pi / 2), stratified over the batch.

    A share `uniform` is uniform in t, the rest has ln tan(t) normal (-0.4, 1) (Karras et al. 2022).
    """
    spread = (torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)) / count
    spread = spread.clamp(1e-4, 1.0 - 1e-4)
    even = torch.rand(count, generator=generator) < uniform
    normal = torch.special.ndtri(spread.double()).float()
    return torch.where(even, spread * (math.pi / 2), (normal - 0.4).exp().atan()).clamp(
        2e-3, math.pi / 2 - 2e-3
    )


def train_denoiser(
    recipe: Recipe,
    until: int | None = None,
    finish: Callable[[Recipe, DiffusionTransformer], Path] | None = None,
) -> DiffusionTransformer:
    """Train, or go on training, on latents of a finished autoencoder; return the averaged net.

    In the end the first process packs what is served, by `finish` when given.
    """
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    with joined() as ranks:
        autoencoder, digest = finished_autoencoder(Path(recipe.objective["autoencoder"]))
        with ranks.first_alone():
            torch.set_num_threads(recipe.threads * ranks.count)
            source = LatentSource(recipe, autoencoder, digest)
        torch.set_num_threads(recipe.threads)
        objective = DenoiserObjective(recipe, source)
        average = DiffusionTransformer(objective.net.shape)
        Trainer(recipe, objective, average, ranks).fit(until)
        if ranks.first:
            (finish or pack)(recipe, average)
    return average


def pack(recipe: Recipe, _: DiffusionTransformer | None = None) -> Path:
    """Write what is served of a run's newest checkpoint to its folder `system`, and return that folder."""
    target = recipe.folder / "system"
    export_system(
        Path(recipe.objective["autoencoder"]),
        recipe.folder,
        target,
        name=str(recipe.objective.get("name", recipe.name)),
        shape=TransformerShape(**recipe.model),
        length=recipe.data.length,
        guidance=float(recipe.objective.get("guidance", 3.0)),
    )
    return target
