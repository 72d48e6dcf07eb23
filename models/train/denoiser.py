"""Trains the denoiser: velocity prediction on cached latents, told by cached token states of captions."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.encoders import MiniLM
from models.nets.blocks import attend_eagerly
from models.nets.dit import DiffusionTransformer, TransformerShape
from models.nets.gallery import hang
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
from models.train.neighbours import Neighbours
from models.train.sheets import PROMPTS, draw_sheet
from models.train.wording import cache_vectors
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.latent.autoencoder import ConvAutoencoder
    from models.train.config import Recipe


NEAR = 6  # names from which a row's neighbours are picked
LEAST = 0.5  # cosine below which a name says nothing of another's picture


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
            names = [icon.title for icon in icons]
        else:
            variants = folder_variants(Path(data.source))
            load = picture_loader(variants, None, Path(data.source), data.size)
            self.sources, self.choices = len(variants), 1
            names = [variant.captions[0] for variant in variants]
        captions = [caption for variant in variants for caption in variant.captions]
        counts = [len(variant.captions) for variant in variants]
        self.first_caption = np.concatenate([[0], np.cumsum(counts)])
        self.captions = cache_captions(captions, MiniLM(bf16=True), data.length, cache)
        self._order: tuple[int, np.ndarray] | None = None  # the epoch at hand
        self.neighbours: Neighbours | None = None
        drawn = replace(data, plain=0.0)  # how often one is picked does not change what it is
        key = f"{digest}/{DRAWING_VERSION}/{drawn}/{recipe.seed}/{len(variants)}"
        self.latents = cache_latents(len(variants), load, autoencoder, key, cache)
        self.shown = int(recipe.model.get("neighbours", 0))
        if self.shown:
            self.vectors = _unit_names(names, cache)
            self.neighbours = Neighbours.of(self.vectors, NEAR, recipe.seed)

    def pick(self, step: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return variants and captions (count,) of a step; every source comes once an epoch."""
        random = np.random.default_rng([self.recipe.seed, step])
        sources = np.array([self._shuffled(step * count + i) for i in range(count)])
        plain = random.random(count) < self.recipe.data.plain
        colors = random.integers(1, max(2, self.choices), size=count)
        variants = sources * self.choices + (np.where(plain, 0, colors) if self.choices > 1 else 0)
        low, high = self.first_caption[variants], self.first_caption[variants + 1]
        return variants, low + (random.random(count) * (high - low)).astype(np.int64)

    def show(self, step: int, variants: np.ndarray) -> list[list[Tensor]]:
        """Return the latents of the neighbours, in their first colouring, that each variant is shown."""
        if self.neighbours is None:
            return [[] for _ in variants]
        random = np.random.default_rng([self.recipe.seed, step, 13])
        near = self.neighbours.pick(variants // self.choices, self.shown, LEAST, random)
        share = random.random(len(variants))
        near[share < float(self.recipe.objective.get("blind", 0.3))] = -1
        near[share > 0.8, 1:] = -1
        return [[self.latents[i * self.choices].float() for i in row if i >= 0] for row in near]

    def look_up(self, names: Sequence[str]) -> list[list[Tensor]]:
        """Return the latents of the pictures whose names are nearest to each of `names`."""
        if self.neighbours is None:
            return [[] for _ in names]
        cosines = MiniLM().encode(names) @ self.vectors.T  # (B, N)
        near = np.argsort(-cosines, axis=1, kind="stable")[:, : self.shown]
        return [
            [self.latents[i * self.choices].float() for i in row if cosine[i] >= LEAST]
            for row, cosine in zip(near, cosines, strict=True)
        ]

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
        shown = self.source.show(step, variants)[rows]
        generator = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + step)
        clean = self.source.latents[variants[rows]].float()
        noise = torch.randn(batch, *clean.shape[1:], generator=generator)[rows]
        told = self.recipe.objective
        uniform, centre = float(told.get("uniform", 0.5)), float(told.get("centre", -0.4))
        angle = draw_angles(batch, uniform, generator, centre)[rows]
        kept = torch.rand(batch, generator=generator)[rows] >= float(told.get("dropout", 0.1))
        words = self.source.captions.gather(captions[rows], int(told.get("words", self.recipe.data.length)))
        cond = hang(Conditioning(*words), shown, self.net.shape)
        tokens, mask, pooled = cond.tokens, cond.mask, cond.pooled
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
        shown = self.source.look_up([prompt.split(",")[0] for prompt in PROMPTS])
        draw_sheet(net, autoencoder, MiniLM(), path, length=self.recipe.data.length, shown=shown)


def _unit_names(names: list[str], cache: Path) -> np.ndarray:
    vectors = cache_vectors(sorted(set(names)), MiniLM(), cache)
    rows = {name: row for row, name in enumerate(sorted(set(names)))}
    unit: np.ndarray = vectors[[rows[name] for name in names]]
    return unit


def draw_angles(count: int, uniform: float, generator: torch.Generator, centre: float = -0.4) -> Tensor:
    """Draw t in (0, pi / 2), stratified over the batch.

    A share `uniform` is uniform in t, the rest has ln tan(t) normal (centre, 1) (Karras et al. 2022). What a
    picture is of is settled at higher levels than how sharp it is: a higher centre trains the first more.
    """
    spread = (torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)) / count
    spread = spread.clamp(1e-4, 1.0 - 1e-4)
    even = torch.rand(count, generator=generator) < uniform
    normal = torch.special.ndtri(spread.double()).float()
    return torch.where(even, spread * (math.pi / 2), (normal + centre).exp().atan()).clamp(
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
        trainer = Trainer(recipe, objective, average, ranks)
        if "begin" in recipe.objective:
            trainer.begin(Path(recipe.objective["begin"]) / "checkpoint.pt")
        trainer.fit(until)
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
