"""Trains the autoencoder: L1 on pixels and edges, a little KL, noise on latents, equivariance to scale."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from models.checkpoint import digest, read_config, read_weights, write_config, write_weights
from models.icons.captions import draw_coloring
from models.latent.autoencoder import AutoencoderShape, ConvAutoencoder
from models.train.data import color_masks, load_masks, load_picture, read_folder, stack_colors, training_icons
from models.train.distributed import joined
from models.train.loop import Trainer

if TYPE_CHECKING:
    from models.train.config import Recipe


class PictureSource:
    """Batches of pictures that are a function of (seed, step)."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.icons = recipe.data.source == "icons"
        if self.icons:
            masks = load_masks(training_icons(), recipe.data.size, Path(recipe.output) / "cache")
            self.stored = torch.from_numpy(np.ascontiguousarray(masks))  # (N, H, W)
        else:
            rows = read_folder(Path(recipe.data.source))
            self.stored = torch.stack([load_picture(row.path, recipe.data.size) for row in rows])

    def draw(self, step: int, count: int) -> Tensor:
        """Return (count, 3, H, W) pictures in [-1, 1]: half flipped, half in any two colours."""
        random = np.random.default_rng([self.recipe.seed, step])
        picks = torch.from_numpy(random.integers(len(self.stored), size=count))
        stored = self.stored[picks]
        flips = torch.from_numpy(random.random(count) < 0.5)
        if not self.icons:
            pictures = stored.float() / 127.5 - 1.0
        else:
            inks, papers = stack_colors([draw_coloring(random, self.recipe.data.plain) for _ in range(count)])
            free = torch.from_numpy(random.random(count) < 0.3)
            anything = torch.from_numpy(random.uniform(-1.0, 1.0, (2, count, 3)).astype(np.float32))
            inks[free], papers[free] = anything[0, free], anything[1, free]
            pictures = color_masks(stored, inks, papers)
        pictures[flips] = pictures[flips].flip(-1)
        return pictures


class AutoencoderObjective(nn.Module):
    """The loss of an autoencoder on one batch, with its noise drawn beforehand."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.net = ConvAutoencoder(AutoencoderShape(**recipe.model))
        self.source = PictureSource(recipe)
        self.weights = {"edges": 1.0, "kl": 1e-6, "scale": 0.25, "noise": 0.15} | recipe.objective

    def draw(self, step: int, rows: slice) -> tuple[Tensor, ...]:
        """Return pictures, posterior noise and decoder noise of a step."""
        pictures = self.source.draw(step, self.recipe.schedule.batch)
        count, side = len(pictures), pictures.shape[-1] // self.net.shape.factor
        generator = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + step)
        noise = torch.randn(2, count, self.net.shape.channels, side, side, generator=generator)
        level = torch.rand(count, 1, 1, 1, generator=generator) * self.weights["noise"]
        return pictures[rows], noise[0, rows], (noise[1] * level)[rows]

    def forward(self, pictures: Tensor, noise: Tensor, extra: Tensor) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        mean, log_variance = (part.float() for part in self.net.moments(pictures))
        kl = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum((1, 2, 3)).mean()
        raw = mean + (0.5 * log_variance).exp() * noise + extra
        made = self.net.decode_raw(raw).float()
        few = max(1, len(pictures) // 4)
        small = self.net.decode_raw(functional.avg_pool2d(raw[:few], 2)).float()
        terms = {
            "l1": functional.l1_loss(made, pictures),
            "edges": _edge_loss(made, pictures),
            "scale": functional.l1_loss(small, functional.avg_pool2d(pictures[:few], 2)),
            "kl": kl,
            "mse": functional.mse_loss(made.detach(), pictures),
            "spread": mean.detach().std(),
        }
        weights = self.weights
        loss = terms["l1"] + sum(weights[name] * terms[name] for name in ("edges", "scale", "kl"))
        return terms | {"loss": loss}

    def sheet(self, net: nn.Module, path: Path) -> None:
        """Write twelve columns of originals over their reconstructions, twice."""
        if not isinstance(net, ConvAutoencoder):
            raise TypeError("this objective trains a ConvAutoencoder")
        pictures = self.source.draw(-1 % 2**31, 24)
        with torch.inference_mode():
            made = net.decode_raw(net.moments(pictures)[0]).clamp(-1.0, 1.0)
        rows = [pictures[:12], made[:12], pictures[12:], made[12:]]
        grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
        Image.fromarray(((grid + 1.0) * 127.5).round().byte().permute(1, 2, 0).numpy()).save(path)


def train_autoencoder(recipe: Recipe, until: int | None = None) -> ConvAutoencoder:
    """Train, or go on training, and return the averaged autoencoder with its statistics measured."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    with joined() as ranks:
        objective = AutoencoderObjective(recipe)
        average = ConvAutoencoder(objective.net.shape)
        for net in (objective.net, average):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack this form of `to`
        trainer = Trainer(recipe, objective, average, ranks)
        trainer.fit(until)
        measure_statistics(average, objective.source)
        if ranks.first:
            save_autoencoder(average, recipe.folder)
    return average


def save_autoencoder(net: ConvAutoencoder, folder: Path) -> None:
    """Write the averaged autoencoder with its statistics: safetensors beside a JSON file."""
    tensors = {name: tensor.contiguous() for name, tensor in net.state_dict().items()}
    write_weights(folder / "autoencoder.safetensors", tensors)
    write_config(folder / "autoencoder.json", asdict(net.shape))


def finished_autoencoder(folder: Path) -> tuple[ConvAutoencoder, str]:
    """Return the autoencoder that a finished run left in a folder, and the digest of its weights."""
    net = ConvAutoencoder(AutoencoderShape(**read_config(folder / "autoencoder.json")))
    net.load_state_dict(read_weights(folder / "autoencoder.safetensors"))
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack this form of `to`
    return net.eval().requires_grad_(requires_grad=False), digest(folder / "autoencoder.safetensors")


def measure_statistics(net: ConvAutoencoder, source: PictureSource, batches: int = 16) -> None:
    """Set the mean and standard deviation of each raw latent channel from fresh pictures."""
    with torch.inference_mode():
        raw = torch.cat([net.moments(source.draw(2**30 + i, 128))[0] for i in range(batches)])
        net.mean.copy_(raw.mean((0, 2, 3)))
        net.std.copy_(raw.std((0, 2, 3)))


def _edge_loss(made: Tensor, pictures: Tensor) -> Tensor:
    """L1 between finite differences, so that strokes stay sharp."""
    across = functional.l1_loss(made.diff(dim=-1), pictures.diff(dim=-1))
    return across + functional.l1_loss(made.diff(dim=-2), pictures.diff(dim=-2))
