"""Measures from which noise level a found picture helps, by how like its words are: the table for reuse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from models.coloring import looked_for
from models.diffusion.grids import karras, tail
from models.diffusion.guidance import Guidance, classifier_free
from models.diffusion.noise import batch
from models.diffusion.samplers import sampler
from models.diffusion.trajectory import finish, trajectory
from models.evaluate.judge import SHIPPED, Judge
from models.icons.captions import caption, draw_caption, draw_coloring
from models.icons.render import render_picture
from models.reuse import ReuseTable, Step
from models.train.sources import icon_latent, near_icons, titles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt
    from torch import Tensor

    from models.icons.captions import Coloring
    from models.icons.fonts import Icon
    from models.latent.system import LatentSystem
    from models.train.shelf import Shelf
    from models.types import TextEncoder

    Pictures = npt.NDArray[np.uint8]

GENERATED, FOUND = "generated", "found"
STEPS = 10  # of the sampler that the service uses unless told otherwise
SIGMA_MIN, SIGMA_MAX = 0.02, 40.0
GUIDED = (0.2, 10.0)
SAMPLER = "dpmpp_2m"
# Lower edges of the bins of similarity: a prompt's own words again are 1.
EDGES = {GENERATED: (0.8, 0.9, 0.95, 0.98, 0.999), FOUND: (0.4, 0.5, 0.6, 0.7)}
# No start is lower: below it what comes is the source again, not another picture of the same. Of
# those begun from the collection's at 1.6 a fifth lie as their source (cosine of ink over 0.98), at 3.5 none.
FLOORS = {GENERATED: 0.5, FOUND: 3.0}
BATCH = 16
CORRELATION = "correlation with the icon that was asked for"
JUDGE = "cosine of picture and full caption in the space of the judge, which the service never uses"


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is measured. Every choice is drawn from `seed`.

    concepts: icons that prompts are about, each asked for in five ways; pairs: prompts a bin and origin
    at most; epsilon: how much quality may be lost on average.
    """

    concepts: int = 24
    pairs: int = 24
    epsilon: float = 0.01
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Quality:
    """How good pictures are at being what was asked for, larger is better, and what that is called."""

    measure: str
    of: Callable[[Sequence[Wish], Pictures], npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Wish:
    """A prompt with the icon, coloured, that it asks for."""

    prompt: str
    icon: Icon
    coloring: Coloring

    def picture(self, side: int) -> Pictures:
        """Return the icon as it was asked for, (side, side, 3)."""
        return np.asarray(render_picture(self.icon, side, self.coloring.ink, self.coloring.paper))


@dataclass(frozen=True, slots=True)
class Pair:
    """A wish and a source that is like it: the source's latent (C, h, w), and how like their words are."""

    wish: int
    origin: str
    similarity: float
    latent: Tensor


def levels(steps: int = STEPS) -> tuple[float, ...]:
    """Return the noise levels at which a picture may start: the grid's, from the second down to the floor."""
    return tuple(sigma for sigma in karras(steps, SIGMA_MIN, SIGMA_MAX)[1:] if sigma >= FLOORS[GENERATED])


def draw_wishes(icons: Sequence[Icon], settings: Settings) -> list[Wish]:
    """Draw concepts, each asked for as people repeat themselves: alike, reworded, recoloured, restyled."""
    random = np.random.default_rng(settings.seed)
    by_concept: dict[str, list[Icon]] = {}
    for icon in icons:
        if not icon.brand:
            by_concept.setdefault(icon.concept, []).append(icon)
    several = sorted(concept for concept, members in by_concept.items() if len(members) > 2)
    wishes = []
    for place in random.permutation(len(several))[: settings.concepts]:
        members = by_concept[several[int(place)]]
        one, other = (members[int(i)] for i in random.permutation(len(members))[:2])
        first, second = draw_coloring(random), draw_coloring(random)
        wish = Wish(draw_caption(one, first, random), one, first)
        others = ((one, first), (one, second), (other, first))
        wishes += [wish, wish]
        wishes += [Wish(draw_caption(icon, colors, random), icon, colors) for icon, colors in others]
    return wishes


def draw(
    system: LatentSystem,
    prompts: Sequence[str],
    seeds: Sequence[int],
    start: tuple[float, Tensor] | None = None,
    steps: int = STEPS,
    shown: Sequence[Sequence[Tensor]] = (),
) -> Tensor:
    """Return latents (B, C, h, w) of prompts, from noise or from `start`, a level and latents.

    shown: for each prompt the latents of its neighbours.
    """
    grid = karras(steps, SIGMA_MIN, SIGMA_MAX)
    grid = grid if start is None else tail(grid, start[0])
    table = sampler(SAMPLER)(grid)
    parts = []
    for first in range(0, len(prompts), BATCH):
        rows = slice(first, first + BATCH)
        keys = [(seed, 0) for seed in seeds[rows]]
        cond = system.condition(prompts[rows], shown=shown[rows])
        nothing = system.condition([""] * len(keys))

        def draws(number: int, keys: Sequence[tuple[int, int]] = keys) -> Tensor:
            return batch(keys, number, system.latent_shape)

        state = table.start * draws(0)
        if start is not None:
            state = state + start[1][rows]
        guided = classifier_free(system.denoise, nothing, Guidance(system.guidance, *GUIDED))
        parts.append(finish(trajectory(guided, table, state, draws, cond)))
    return torch.cat(parts)


def correlation(wishes: Sequence[Wish], pictures: Pictures) -> npt.NDArray[np.float64]:
    """Return the correlation of each picture (B, side, side, 3) with the icon asked for, value by value."""
    scores = []
    for wish, picture in zip(wishes, pictures, strict=True):
        true = wish.picture(picture.shape[0]).astype(np.float64).ravel()
        drawn = picture.astype(np.float64).ravel()
        flat = true.std() * drawn.std()
        centred = ((true - true.mean()) * (drawn - drawn.mean())).mean()
        scores.append(centred / flat if flat > 1e-9 else 0.0)
    return np.array(scores)


def quality_by(encoder: TextEncoder) -> Quality:
    """Return the shipped judge's opinion; without a judge, the correlation of pixels."""
    if not SHIPPED.is_dir():
        return Quality(CORRELATION, correlation)
    judge = Judge.load(SHIPPED, encoder)

    def cosine(wishes: Sequence[Wish], pictures: Pictures) -> npt.NDArray[np.float64]:
        told = judge.texts([caption(wish.icon, wish.coloring) for wish in wishes])
        return np.asarray((judge.pictures(judge.look(pictures).features) * told).sum(1), np.float64)

    return Quality(JUDGE, cosine)


def find_pairs(
    system: LatentSystem,
    encoder: TextEncoder,
    wishes: Sequence[Wish],
    drawn: Tensor,
    icons: Sequence[Icon],
    settings: Settings,
) -> list[Pair]:
    """Pair wishes with sources of every bin of similarity: pictures drawn before, and the collection's icons.

    Words are compared as the service does: prompt with prompt, and a prompt without its colours with an
    icon's title and tags. Of icons the nearest is taken, in the colours that were asked for.
    """
    random = np.random.default_rng(settings.seed + 1)
    prompts = encoder.encode([wish.prompt for wish in wishes])
    near = near_icons(icons, wishes)
    bare = looked_for(encoder, [wish.prompt for wish in wishes]) @ encoder.encode(titles(near)).T
    bare[bare < bare.max(1, keepdims=True)] = -1.0
    pairs: list[Pair] = []
    for origin, scores in ((GENERATED, prompts @ prompts.T), (FOUND, bare)):
        if origin == GENERATED:
            np.fill_diagonal(scores, -1.0)
        for low, high in _bins(origin):
            places = np.argwhere((scores >= low) & (scores < high))
            for wish, source in places[random.permutation(len(places))[: settings.pairs]].tolist():
                if origin == GENERATED:
                    latent = drawn[source]
                else:
                    found = icon_latent(system, near[source], wishes[wish].prompt)
                    if found is None:
                        continue
                    latent = found
                pairs.append(Pair(wish, origin, float(scores[wish, source]), latent))
    return pairs


def calibrate(
    system: LatentSystem,
    encoder: TextEncoder,
    icons: Sequence[Icon],
    settings: Settings,
    tell: Callable[[str], None],
    quality: Quality,
    shelf: Shelf | None = None,
) -> ReuseTable:
    """Measure every pair from every level against the same noise without a source, and keep what is as good.

    A bin's level is the smallest from which, and from every higher one, the mean quality is within
    epsilon of that from noise alone; below the first that is not, the bin is measured no further. With a
    `shelf` every picture is shown its neighbours, begun from one or not.
    """
    wishes = draw_wishes(icons, settings)
    prompts = [wish.prompt for wish in wishes]
    near = shelf.shown(prompts) if shelf else [[] for _ in prompts]
    drawn = draw(system, prompts, range(len(wishes)), shown=near)
    pairs = find_pairs(system, encoder, wishes, drawn, icons, settings)
    asked, shown = [wishes[pair.wish] for pair in pairs], [near[pair.wish] for pair in pairs]
    latents = torch.stack([pair.latent for pair in pairs])
    # The same noise from every level, so that only the source makes a difference; not the sources' own.
    seeds = [10_000 + place for place in range(len(pairs))]
    alone = draw(system, [wish.prompt for wish in asked], seeds, shown=shown)
    scratch = quality.of(asked, system.decode(alone))
    tell(f"{len(pairs)} pictures from noise alone: {scratch.mean():.3f}")
    rows: list[dict[str, Any]] = []
    open_bins = [(origin, low, high) for origin in (GENERATED, FOUND) for low, high in _bins(origin)]
    for sigma in levels():
        inside = {one: _inside(pairs, *one) for one in open_bins if sigma >= FLOORS[one[0]]}
        places = sorted(place for some in inside.values() for place in some)
        if not places:
            break
        made = draw(
            system,
            [asked[i].prompt for i in places],
            [seeds[i] for i in places],
            (sigma, latents[places]),
            shown=[shown[i] for i in places],
        )
        lost = np.zeros(len(pairs))
        lost[places] = scratch[places] - quality.of([asked[i] for i in places], system.decode(made))
        measured = {one: _row(one, sigma, lost[some]) for one, some in inside.items() if len(some) > 3}
        rows += measured.values()
        open_bins = [one for one, row in measured.items() if row["lost"] <= settings.epsilon]
        tell(f"{len(places)} pairs from sigma {sigma:.2f}: {len(open_bins)} of {len(measured)} bins hold")
    steps = {origin: _steps(origin, rows, settings.epsilon) for origin in (GENERATED, FOUND)}
    return ReuseTable(steps, system.digest, settings.epsilon, quality.measure, tuple(rows))


def _bins(origin: str) -> list[tuple[float, float]]:
    return list(zip(EDGES[origin], (*EDGES[origin][1:], 2.0), strict=True))


def _inside(pairs: Sequence[Pair], origin: str, low: float, high: float) -> list[int]:
    return [i for i, pair in enumerate(pairs) if pair.origin == origin and low <= pair.similarity < high]


def _row(one: tuple[str, float, float], sigma: float, lost: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Return what was measured in one bin at one level."""
    return {
        "origin": one[0],
        "similarity": one[1],
        "sigma": math.ceil(sigma * 1e4) / 1e4,  # never below the level it stands for
        "pairs": len(lost),
        "lost": round(float(lost.mean()), 4),
        "standard_error": round(float(lost.std(ddof=1) / len(lost) ** 0.5), 4),
    }


def _steps(origin: str, rows: Sequence[Mapping[str, Any]], epsilon: float) -> tuple[Step, ...]:
    """Return the lowest level of each bin that, with every level above it, lost no more than epsilon."""
    steps = []
    for low in EDGES[origin]:
        falling = [row for row in rows if row["origin"] == origin and row["similarity"] == low]
        best = None
        for row in falling:  # from the noisiest on
            if row["lost"] > epsilon:
                break
            best = row["sigma"]
        steps.append(Step(low, best))
    return tuple(steps)
