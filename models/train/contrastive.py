"""Trains a dual encoder: drawings in any colours against their captions, told apart within each batch."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from models.checkpoint import write_config
from models.encoders import MiniLM
from models.encoders.dual import save_pairing
from models.icons.captions import PLAIN
from models.nets.pairing import Pairing
from models.nets.towers import COLORS, GradientTower, TowerShape
from models.train.cache import Variant, cache_captions, folder_variants, icon_variants, picture_loader
from models.train.data import DRAWING_VERSION, load_masks, stack_colors, training_icons
from models.train.distributed import Ranks, gather, joined
from models.train.loop import Trainer
from models.train.matching import draw_matches, measure_matching

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.train.config import Recipe

VIEWS = 3  # of each picture: as it is, and moved a little


class PairSource:
    """What the fixed part of a tower sees of every picture, and the sentence vectors of its captions."""

    def __init__(self, recipe: Recipe) -> None:
        data, cache = recipe.data, Path(recipe.output) / "cache"
        if data.source == "icons":
            icons = training_icons()
            self.variants = icon_variants(
                icons, data, int(recipe.objective.get("captions_seed", recipe.seed))
            )
            plain = [Variant(i, PLAIN, ()) for i in range(len(icons))]
            load, count = (
                picture_loader(plain, load_masks(icons, data.size, cache), None, data.size),
                len(icons),
            )
            names = "\n".join(icon.id for icon in icons)
        else:
            self.variants = folder_variants(Path(data.source))
            load = picture_loader(self.variants, None, Path(data.source), data.size)
            count, names = len(self.variants), data.source
        captions = [caption for variant in self.variants for caption in variant.captions]
        self.first_caption = np.concatenate([[0], np.cumsum([len(v.captions) for v in self.variants])])
        told = cache_captions(captions, MiniLM(bf16=True), data.length, cache)
        self.sentences = torch.from_numpy(np.asarray(told.pooled))  # (captions, D) float16
        shape = {name: int(value) for name, value in recipe.model.items() if name != "text_hidden"}
        self.shape = TowerShape(**shape)
        key = f"{DRAWING_VERSION}/{data.size}/{self.shape}/{VIEWS}/{names}"
        self.features = cache_features(count, load, self.shape, key, cache)  # (N, VIEWS, F) float16

    def pick(self, random: np.random.Generator, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Draw features (B, F) and sentence vectors (B, D), with the number of each row's picture (B,)."""
        picks = random.integers(len(self.variants), size=count)
        low, high = self.first_caption[picks], self.first_caption[picks + 1]
        captions = low + (random.random(count) * (high - low)).astype(np.int64)
        chosen = [self.variants[p] for p in picks]
        sources = torch.tensor([variant.source for variant in chosen])
        features = self.features[sources, torch.from_numpy(random.integers(VIEWS, size=count))].float()
        colors = [variant.coloring for variant in chosen if variant.coloring is not None]
        if colors:  # the same drawing in the variant's colours
            inks, papers = stack_colors(colors)
            features[:, -COLORS:] = torch.cat([papers, inks], 1)
        return features, functional.normalize(self.sentences[captions].float(), dim=1), sources


class ContrastiveObjective(nn.Module):
    """Cross-entropy of each picture among the batch's texts and of each text among its pictures.

    Radford et al. 2021, figure 3. The whole batch is compared, whatever number of processes share it.
    """

    def __init__(self, recipe: Recipe, source: PairSource) -> None:
        super().__init__()
        self.recipe, self.source = recipe, source
        hidden = int(recipe.model.get("text_hidden", 256))
        self.net = Pairing(source.shape, source.sentences.shape[1], hidden)
        self.net.tower.calibrate(source.features[:, 0])

    def draw(self, step: int, rows: slice) -> tuple[Tensor, ...]:
        """Return features, the edges kept of them, sentence vectors and picture numbers of a step."""
        batch = self.recipe.schedule.batch
        random = np.random.default_rng([self.recipe.seed, 5, step])
        features, sentences, sources = self.source.pick(random, batch)
        share = 1.0 - float(self.recipe.objective.get("dropout", 0.3))
        kept = torch.from_numpy(random.random((batch, self.source.shape.edges), np.float32)) < share
        return features[rows], kept[rows] / share, sentences[rows], sources[rows]

    def forward(
        self, features: Tensor, kept: Tensor, sentences: Tensor, sources: Tensor
    ) -> dict[str, Tensor]:
        """Return the terms of the loss; `right` is the share of texts that find their picture."""
        tower = self.net.tower
        seen = functional.normalize(tower.head(tower.inside(features, kept)).float(), dim=1)
        told = self.net.texts(sentences)
        everything, words, places = gather(seen), gather(told), gather(sources)
        own = torch.arange(len(seen)) + Ranks.here().index * len(seen)
        # Another picture of the same drawing is no wrong answer.
        same = (sources[:, None] == places) & (own[:, None] != torch.arange(len(places)))
        sharp = self.net.sharpness()
        by_picture = (sharp * seen @ words.T).masked_fill(same, -1e4)
        by_text = (sharp * told @ everything.T).masked_fill(same, -1e4)
        loss = functional.cross_entropy(by_picture, own) + functional.cross_entropy(by_text, own)
        right = (by_text.detach().argmax(1) == own).float().mean()
        return {"loss": loss / 2, "right": right, "sharpness": sharp.detach()}

    def sheet(self, net: nn.Module, path: Path) -> None:
        """Write, for each of a few held-out captions, the held-out icons nearest to it."""
        if not isinstance(net, Pairing):
            raise TypeError("this objective trains a Pairing")
        if self.recipe.data.source == "icons":
            draw_matches(net, path)


def cache_features(
    count: int, load: Callable[[slice], Tensor], shape: TowerShape, key: str, folder: Path
) -> Tensor:
    """Return what a tower's fixed part sees of `count` pictures, (count, VIEWS, F) float16."""
    path = folder / f"edges-{hashlib.sha256(key.encode()).hexdigest()[:12]}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        tower, random, parts = GradientTower(shape), np.random.default_rng(0), []
        for start in tqdm(range(0, count, 128), desc="edges"):
            pictures = load(slice(start, start + 128))
            pictures = functional.avg_pool2d(pictures, pictures.shape[-1] // shape.size)
            moves = torch.from_numpy(random.uniform(-1.0, 1.0, (VIEWS - 1, len(pictures), 3))).float()
            views = [pictures, *(move(pictures, view) for view in moves)]
            with torch.inference_mode():
                parts.append(torch.stack([tower.features(view) for view in views], 1).half())
        np.save(path.with_suffix(".part.npy"), torch.cat(parts).numpy())
        path.with_suffix(".part.npy").replace(path)
    return torch.from_numpy(np.load(path, mmap_mode="c"))  # copy on write: torch wants it writable


def move(pictures: Tensor, moves: Tensor, pixels: float = 2.0, scale: float = 0.08) -> Tensor:
    """Scale and shift pictures (B, 3, H, H) by moves (B, 3) in [-1, 1]; the border is continued."""
    theta = torch.zeros(len(pictures), 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = 1.0 + scale * moves[:, 0]
    theta[:, :, 2] = moves[:, 1:] * (2.0 * pixels / pictures.shape[-1])
    grid = functional.affine_grid(theta, list(pictures.shape), align_corners=False)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def train_contrastive(recipe: Recipe, until: int | None = None) -> Pairing:
    """Train, or go on training; return the averaged net, packed in the run's folder `system`."""
    torch.set_num_threads(recipe.threads)
    with joined() as ranks:
        with ranks.first_alone():
            source = PairSource(recipe)
        torch.manual_seed(recipe.seed)  # here, because filling a cache draws numbers too
        objective = ContrastiveObjective(recipe, source)
        average = Pairing(source.shape, source.sentences.shape[1], objective.net.hidden)
        Trainer(recipe, objective, average, ranks).fit(until)
        if ranks.first:
            pack(recipe, average)
    return average


def pack(recipe: Recipe, net: Pairing) -> Path:
    """Write dual.safetensors and dual.json to the run's folder `system`; return that folder.

    A net trained on icons is measured on those held out; the shares are printed and lie in matching.json.
    """
    target = recipe.folder / "system"
    name = str(recipe.objective.get("name", recipe.name))
    save_pairing(net, target, name=name, text_encoder=MiniLM().name)
    if recipe.data.source == "icons":
        matching = measure_matching(net)
        write_config(target / "matching.json", asdict(matching))
        print(matching)  # noqa: T201 - a run reports
    return target
