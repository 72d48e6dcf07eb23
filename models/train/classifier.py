"""Trains the noise-aware classifier on the denoiser's cached latents, at every noise level."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.checkpoint import write_config
from models.diffusion.sde import spread
from models.icons import load_icons, render_mask
from models.icons.captions import PLAIN
from models.latent.parts import CLASSIFIER, save_classifier
from models.nets.blocks import attend_eagerly
from models.nets.classifier import ClassifierShape, NoiseAwareClassifier
from models.train.autoencoder import finished_autoencoder
from models.train.cache import cache_latents, icon_variants, picture_loader
from models.train.curves import draw_lines
from models.train.data import (
    DRAWING_VERSION,
    color_masks,
    held_out,
    load_masks,
    stack_colors,
    training_icons,
)
from models.train.denoiser import draw_angles
from models.train.distributed import joined
from models.train.loop import Trainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.icons import Icon
    from models.latent.autoencoder import ConvAutoencoder
    from models.train.config import Recipe

QUESTIONS = ("family", "weight")
LEVELS = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0)  # at which accuracy is told


@dataclass(frozen=True, slots=True)
class ClassifiedLatents:
    """Latents (N, C, h, w), their classes (N, questions) int64, and the classes' names a question."""

    latents: Tensor
    labels: Tensor
    questions: dict[str, tuple[str, ...]]


class ClassifierObjective(nn.Module):
    """Mean cross-entropy of the questions, on latents with as much noise as the denoiser ever sees."""

    def __init__(self, recipe: Recipe, source: ClassifiedLatents, judged: ClassifiedLatents) -> None:
        super().__init__()
        self.recipe, self.source, self.judged = recipe, source, judged
        self.net = NoiseAwareClassifier(replace(ClassifierShape(**recipe.model), questions=source.questions))
        self.net.attend_with(attend_eagerly)

    def draw(self, step: int, rows: slice) -> tuple[Tensor, ...]:
        """Return latents, noise, angles and labels of a step."""
        batch = self.recipe.schedule.batch
        random = np.random.default_rng([self.recipe.seed, 3, step])
        picks = torch.from_numpy(random.integers(len(self.source.latents), size=batch))
        generator = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + step)
        clean = self.source.latents[picks].float()
        noise = torch.randn(clean.shape, generator=generator)
        angle = draw_angles(batch, 0.5, generator)
        return clean[rows], noise[rows], angle[rows], self.source.labels[picks][rows]

    def forward(self, clean: Tensor, noise: Tensor, angle: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Return the terms of the loss; accuracies are shares of the batch at its own noise levels."""
        sigma = angle.tan()
        logits = self.net(clean + spread(sigma, clean) * noise, sigma)
        terms = {}
        for column, (name, row) in enumerate(logits.items()):
            terms[name] = functional.cross_entropy(row, labels[:, column])
            terms[f"{name}_right"] = (row.detach().argmax(1) == labels[:, column]).float().mean()
        return terms | {"loss": torch.stack([terms[name] for name in logits]).sum()}

    def sheet(self, net: nn.Module, path: Path) -> None:
        """Write accuracy on held-out icons over the noise level, one line a question."""
        if not isinstance(net, NoiseAwareClassifier):
            raise TypeError("this objective trains a NoiseAwareClassifier")
        draw_lines(self.accuracy(net), path)

    def accuracy(self, net: NoiseAwareClassifier) -> dict[str, list[float]]:
        """Return, a question, the share of held-out icons named right at each of `LEVELS`."""
        clean, labels = self.judged.latents, self.judged.labels
        noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
        right: dict[str, list[float]] = {name: [] for name in net.shape.questions}
        with torch.inference_mode():
            for level in LEVELS:
                logits = net(clean + level * noise, torch.full((len(clean),), level))
                for column, (name, row) in enumerate(logits.items()):
                    right[name].append(float((row.argmax(1) == labels[:, column]).float().mean()))
        return right


def trained_latents(recipe: Recipe, autoencoder: ConvAutoencoder, digest: str) -> ClassifiedLatents:
    """Return the latents that the denoiser trains on, from its cache when they are there."""
    icons, cache = training_icons(), Path(recipe.output) / "cache"
    variants = icon_variants(icons, recipe.data, recipe.seed)
    load = picture_loader(variants, load_masks(icons, recipe.data.size, cache), None, recipe.data.size)
    key = f"{digest}/{DRAWING_VERSION}/{recipe.data}/{recipe.seed}/{len(variants)}"
    questions = {name: tuple(sorted({getattr(icon, name) for icon in icons})) for name in QUESTIONS}
    labels = label(icons, questions)[[variant.source for variant in variants]]
    latents = cache_latents(len(variants), load, autoencoder, key, cache)
    return ClassifiedLatents(latents, labels, questions)


def held_out_latents(
    questions: dict[str, tuple[str, ...]], autoencoder: ConvAutoencoder, size: int
) -> ClassifiedLatents:
    """Return the latents of every held-out icon, no logos, in black on white."""
    icons = [icon for icon in load_icons() if held_out(icon) and not icon.brand]
    masks = torch.from_numpy(np.stack([np.asarray(render_mask(icon, size)) for icon in icons]))
    pictures = color_masks(masks, *stack_colors([PLAIN] * len(icons)))
    with torch.inference_mode():
        parts = [
            autoencoder.encode(p.to(memory_format=torch.channels_last)) for p in torch.split(pictures, 64)
        ]
    return ClassifiedLatents(torch.cat(parts).clone(), label(icons, questions), questions)


def label(icons: Sequence[Icon], questions: dict[str, tuple[str, ...]]) -> Tensor:
    """Return each icon's class a question, (icons, questions) int64."""
    return torch.tensor(
        [[classes.index(getattr(icon, q)) for q, classes in questions.items()] for icon in icons]
    )


def train_classifier(recipe: Recipe, until: int | None = None) -> NoiseAwareClassifier:
    """Train, or go on training; return the averaged classifier, packed in the run's folder `system`."""
    if recipe.data.source != "icons":
        raise ValueError("a classifier is trained on icons: a folder names neither family nor weight")
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    with joined() as ranks:
        autoencoder, digest = finished_autoencoder(Path(recipe.objective["autoencoder"]))
        with ranks.first_alone():
            source = trained_latents(recipe, autoencoder, digest)
        judged = held_out_latents(source.questions, autoencoder, recipe.data.size)
        objective = ClassifierObjective(recipe, source, judged)
        average = NoiseAwareClassifier(objective.net.shape)
        Trainer(recipe, objective, average, ranks).fit(until)
        if ranks.first:
            pack(recipe, objective, average)
    return average


def pack(recipe: Recipe, objective: ClassifierObjective, net: NoiseAwareClassifier) -> Path:
    """Write classifier.safetensors and classifier.json to the run's folder `system`; return that folder."""
    target = recipe.folder / "system"
    target.mkdir(parents=True, exist_ok=True)
    save_classifier(net, target)
    right = objective.accuracy(net)
    write_config(target / f"{CLASSIFIER}-accuracy.json", {"levels": LEVELS, "held_out": right})
    for name, shares in right.items():
        told = ", ".join(f"{share:.3f} at {level:g}" for level, share in zip(LEVELS, shares, strict=True))
        print(f"{name}: {told}")  # noqa: T201 - a run reports
    return target
