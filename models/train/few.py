"""Trains the few-step head: adapters with which one evaluation goes where the guided teacher takes many."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional
from tqdm import tqdm

from models.catalog import find_model
from models.checkpoint import digest
from models.diffusion.grids import trailing
from models.diffusion.guidance import Guidance, classifier_free
from models.diffusion.noise import batch
from models.diffusion.samplers import FEW_STEPS, dpmpp_2m
from models.diffusion.sde import spread
from models.diffusion.trajectory import trajectory
from models.encoders import MiniLM
from models.latent.parts import save_few
from models.latent.system import LatentSystem
from models.nets.blocks import attend_eagerly
from models.nets.denoiser import LatentDenoiser
from models.nets.few import Adapters, merged, student_of
from models.nets.gallery import hang
from models.train.cache import cache_captions, folder_variants, icon_variants
from models.train.data import training_icons
from models.train.distributed import joined
from models.train.loop import Trainer
from models.train.sheets import PROMPTS, sample_few
from models.train.shelf import Shelf
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.diffusion.grids import Grid
    from models.train.cache import CaptionCache
    from models.train.config import Recipe

SHARD = 128  # trajectories a file
SHOWN = 0.7  # of the captions that a teacher is shown neighbours with
MOST = max(FEW_STEPS)
# From where to where on the grid of four: the steps of the grids of four, of two and of one, which nest.
JUMPS = ((0, 1), (1, 2), (2, 3), (3, 4), (0, 2), (2, 4), (0, 4))


@dataclass(frozen=True, slots=True)
class Trajectories:
    """Where the teacher went with captions (N,): states (N, 5, C, h, w) float16 at the levels of `grid`.

    shown: the latents of neighbours that it was shown, N lists.
    """

    grid: Grid
    states: np.ndarray
    captions: np.ndarray
    shown: Sequence[Sequence[Tensor]]


class FewObjective(nn.Module):
    """Mean squared error of the velocity whose DDIM step lands where the teacher arrived.

    Salimans & Ho 2022, algorithm 2, from the teacher's own states instead of noised pictures, with
    guidance inside the teacher (Meng et al. 2023).
    """

    def __init__(
        self, recipe: Recipe, teacher: LatentSystem, made: Trajectories, captions: CaptionCache
    ) -> None:
        super().__init__()
        self.recipe, self.made, self.captions, self.system = recipe, made, captions, teacher
        self.base, self.student = teacher.denoiser.net, student_of(teacher.denoiser.net)
        self.student.attend_with(attend_eagerly)
        self.net = Adapters(self.base, int(recipe.model["rank"]))

    def draw(self, step: int, rows: slice) -> tuple[Tensor, ...]:
        """Return states, where the teacher arrived, both noise levels and the conditioning of a step."""
        count = self.recipe.schedule.batch
        random = np.random.default_rng([self.recipe.seed, 5, step])
        picks = random.integers(len(self.made.captions), size=count)[rows]
        jumps = random.permutation(np.arange(step, step + count) % len(JUMPS))[rows]
        first, last = np.array(JUMPS)[jumps].T
        grid = torch.tensor(self.made.grid)
        states = (torch.from_numpy(self.made.states[picks, at]).float() for at in (first, last))
        words = Conditioning(*self.captions.gather(self.made.captions[picks], self.recipe.data.length))
        told = hang(trimmed(words), [self.made.shown[pick] for pick in picks], self.base.shape)
        return (*states, grid[first], grid[last], told.tokens, told.mask, told.pooled)

    def forward(
        self,
        state: Tensor,
        arrived: Tensor,
        sigma: Tensor,
        target: Tensor,
        tokens: Tensor,
        mask: Tensor,
        pooled: Tensor,
    ) -> dict[str, Tensor]:
        """Return the terms of the loss; `one` is the error of the jump from pure noise to the picture."""
        with torch.autocast("cpu", enabled=False):
            weights = self.net.weights(self.base)
        scaled = state * spread((1 + sigma.square()).rsqrt(), state)
        said = functional_call(self.student, weights, (scaled, sigma, tokens, mask, pooled, target)).float()
        wanted = velocity_between(state, arrived, sigma, target)
        error = functional.mse_loss(said, wanted, reduction="none").mean((1, 2, 3))
        one = (target == 0) & (sigma == sigma.max())
        return {"loss": error.mean(), "one": (error.detach() * one).sum() / one.sum().clamp(min=1)}

    def sheet(self, net: nn.Module, path: Path) -> None:
        """Write a fixed list of prompts drawn with one, two and four evaluations, a row of pictures each."""
        if not isinstance(net, Adapters):
            raise TypeError("this objective trains Adapters")
        denoiser = LatentDenoiser(merged(self.base, net), self.system.length)
        cond = self.system.condition(PROMPTS)
        shape, span = self.system.latent_shape, self.system.sigma_span
        with torch.inference_mode():
            latents = [sample_few(denoiser, cond, shape, steps, span) for steps in FEW_STEPS]
        rows = [self.system.decode(row) for row in latents]
        Image.fromarray(np.concatenate([np.concatenate(list(row), axis=1) for row in rows])).save(path)


def velocity_between(state: Tensor, arrived: Tensor, sigma: Tensor, target: Tensor) -> Tensor:
    """Return the velocity (B, C, h, w) whose DDIM step from `state` at sigma (B,) is at `arrived` at target.

    x' = r·x + (1 - r)·D with r = target / sigma gives D, and
    D = x / (1 + sigma^2) - sigma / sqrt(1 + sigma^2)·v gives v. Salimans & Ho 2022, appendix G; a loss in v
    weighs an error of D by 1 + 1 / sigma^2.
    """
    ratio, level = spread(target / sigma, state), spread(sigma, state)
    clean = (arrived - ratio * state) / (1 - ratio)
    variance = 1 + level.square()
    return (state / variance - clean) * variance.sqrt() / level


def trimmed(cond: Conditioning) -> Conditioning:
    """Return the conditioning of words without the columns in which no row has one."""
    length = max(1, int(cond.mask.sum(1).max()))
    return Conditioning(cond.tokens[:, :length], cond.mask[:, :length], cond.pooled)


def cache_trajectories(recipe: Recipe, teacher: LatentSystem, told: Wordings, key: str) -> Trajectories:
    """Let the guided teacher draw `objective.pool` captions from noise once; what is on disk is read again.

    It takes `objective.substeps` evaluations of DPM-Solver++(2M) for each of the student's four. A teacher
    that knows neighbours is shown them for seven captions of ten.
    """
    substeps = int(recipe.objective["substeps"])
    fine = trailing(MOST * substeps, *teacher.sigma_span)
    named = f"{key}/{fine}/{teacher.guidance}/{recipe.seed}/{recipe.data}"
    folder = Path(recipe.output) / "cache" / f"trajectories-{hashlib.sha256(named.encode()).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    states, asked, shown = [], [], []
    for shard in tqdm(range(-(-int(recipe.objective["pool"]) // SHARD)), desc="teacher"):
        random = np.random.default_rng([recipe.seed, 11, shard])
        asked.append(random.integers(len(told.cache.starts) - 1, size=SHARD))
        shown += told.shown(asked[-1], random.random(SHARD) < SHOWN)
        path = folder / f"{shard:05d}.npy"
        if not path.exists():
            words = trimmed(Conditioning(*told.cache.gather(asked[-1], recipe.data.length)))
            cond = hang(words, shown[-SHARD:], teacher.denoiser.net.shape)
            part = _walked(teacher, fine, substeps, cond, shard)
            np.save(path.with_suffix(".part.npy"), part)
            path.with_suffix(".part.npy").replace(path)
        states.append(np.load(path))
    return Trajectories(fine[::substeps], np.concatenate(states), np.concatenate(asked), shown)


def _walked(teacher: LatentSystem, fine: Grid, substeps: int, told: Conditioning, shard: int) -> np.ndarray:
    """Return the teacher's states (SHARD, 5, C, h, w) float16 at every `substeps`-th level."""
    table, net = dpmpp_2m(fine), teacher.denoiser
    keys = [(shard * SHARD + row, 1) for row in range(SHARD)]

    def draws(draw: int) -> Tensor:
        return batch(keys, draw, teacher.latent_shape)

    nothing = net.unconditional(draws(0))
    guided = classifier_free(net, nothing, Guidance(teacher.guidance, 0.2, 10.0))
    start = table.start * draws(0)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        moments = trajectory(guided, table, start, draws, told)
        kept = [moment.state for moment in moments if moment.position % substeps == 0]
    return torch.stack([start, *kept], dim=1).half().numpy()


@dataclass(frozen=True, slots=True)
class Wordings:
    """The captions that the denoiser is trained on: their words, states, icons, and the shelf of these.

    Pictures of a folder have no shelf: nothing is shown beside their captions.
    """

    captions: Sequence[str]
    cache: CaptionCache
    names: Sequence[str] = ()
    shelf: Shelf | None = None

    def shown(self, rows: np.ndarray, kept: np.ndarray) -> list[list[Tensor]]:
        """Return the neighbours of captions (N,), none where `kept` (N,) is False."""
        if self.shelf is None:
            return [[] for _ in rows]
        some = rows[kept].tolist()
        found = self.shelf.shown([self.captions[row] for row in some], [self.names[row] for row in some])
        return [found.pop(0) if one else [] for one in kept]


def read_wordings(recipe: Recipe, teacher: LatentSystem) -> Wordings:
    """Encode the captions that the denoiser is trained on, from its cache when they are there."""
    data, cache = recipe.data, Path(recipe.output) / "cache"
    icons = training_icons() if data.source == "icons" else []
    variants = icon_variants(icons, data, recipe.seed) if icons else folder_variants(Path(data.source))
    captions = [caption for variant in variants for caption in variant.captions]
    states = cache_captions(captions, MiniLM(bf16=True), data.length, cache)
    if not (icons and teacher.neighbours):
        return Wordings(captions, states)
    names = [icons[variant.source].id for variant in variants for _ in variant.captions]
    return Wordings(captions, states, names, Shelf(teacher, MiniLM(), icons, cache))


def train_few(recipe: Recipe, until: int | None = None) -> Adapters:
    """Train, or go on training, adapters for the system `objective.teacher`; return the averaged ones."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    with joined() as ranks:
        folder = find_model(str(recipe.objective["teacher"])).directory
        teacher = LatentSystem.load(folder)
        teacher.denoiser.net.attend_with(attend_eagerly)
        with ranks.first_alone():
            told = read_wordings(recipe, teacher)
            made = cache_trajectories(recipe, teacher, told, digest(folder / "denoiser.safetensors"))
        objective = FewObjective(recipe, teacher, made, told.cache)
        average = Adapters(objective.base, objective.net.rank)
        Trainer(recipe, objective, average, ranks).fit(until)
        if ranks.first:
            target = recipe.folder / "system"
            target.mkdir(parents=True, exist_ok=True)
            save_few(average, folder, target)
    return average
