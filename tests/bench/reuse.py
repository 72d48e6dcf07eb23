"""Measures what beginning from earlier pictures saves on a stream that repeats itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from models.catalog import find_model
from models.coloring import looked_for
from models.encoders.minilm import MiniLM
from models.icons import load_icons
from models.icons.captions import draw_caption, draw_coloring
from models.latent.system import LatentSystem
from models.reuse import ReuseTable
from models.train.reuse import (
    BATCH,
    FOUND,
    GENERATED,
    STEPS,
    Quality,
    Wish,
    draw,
    levels,
    quality_by,
)
from models.train.shelf import Shelf
from models.train.sources import icon_latent, titles
from tests.bench.report import Report, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.icons import Icon
    from tests.bench.conditions import Conditions

NUM_REQUESTS = 144
NUM_WORDINGS = 400  # different requests that people may make: concept, style, colours and words
ZIPF = 1.0
FEWER = (8, 7, 6, 5)
WORDS = """A stream of {requests} prompts is replayed, {batch} at a time: what is asked for is drawn from
{wordings} wordings of icons (concept, family, weight, colours, in the words of people) with Zipf frequencies
(exponent {zipf:g}); {repeated} of them had been asked for before, word for word. *From noise* draws each
in {steps} evaluations. *Reuse of earlier pictures* begins from the latent of the earlier prompt that starts
lowest by the shipped table `reuse.json` (measured by `python -m app train reuse` on prompts of another
seed), from noise where the table says so; with *icons* also from the collection's nearest icon, by its
words but those of colour, put into the colours that are asked for. The stream asks for icons of that
collection. *Fewer steps* is the honest rival: from noise alone, at less cost. Every row but *words
alone* is shown the collection's two nearest icons, as the service does. Quality is the {measure};
every row draws the same noise for the same request.
*Against noise alone* is the mean
difference of quality, paired by request, with its standard error."""


@dataclass(slots=True)
class Memory:
    """Pictures drawn so far: the vectors of their prompts, and their latents."""

    vectors: list[np.ndarray] = field(default_factory=list)
    latents: list[torch.Tensor] = field(default_factory=list)

    def best(self, vector: np.ndarray, table: ReuseTable) -> tuple[float, torch.Tensor] | None:
        """Return the lowest start that an earlier picture allows, and its latent; of equals the nearest."""
        scores = [float(other @ vector) for other in self.vectors]
        starts = [(table.start(GENERATED, score), -score, place) for place, score in enumerate(scores)]
        held = [(sigma, away, place) for sigma, away, place in starts if sigma is not None]
        if not held:
            return None
        sigma, _, place = min(held)
        return sigma, self.latents[place]


@dataclass(frozen=True, slots=True)
class Run:
    """How a way of drawing fared: evaluations a request, and quality."""

    evaluations: np.ndarray
    quality: np.ndarray


def measure(conditions: Conditions) -> Report:
    """Replay the stream in every way."""
    torch.set_num_threads(1)
    folder = find_model("trouvere-icons").directory
    table = ReuseTable.read(folder)
    if table is None:
        raise FileNotFoundError("there is no reuse.json; make it with python -m app train reuse")
    encoder = MiniLM()
    system = LatentSystem.load(folder, encoder)
    stream = draw_stream(load_icons(), NUM_REQUESTS * max(1, conditions.rounds) // 5 or 16)
    quality = quality_by(encoder)
    known = [icon for icon in load_icons() if not icon.brand]
    shelf = Shelf(system, encoder, known, Path("runs/cache"))
    shown = shelf.shown([wish.prompt for wish in stream])
    nothing: list[list[torch.Tensor]] = [[] for _ in stream]
    whole = _fewer(system, stream, shown, STEPS, quality)
    runs = {f"from noise, {STEPS} evaluations": whole}
    runs[f"from noise and words alone, {STEPS}"] = _fewer(system, stream, nothing, STEPS, quality)
    runs |= {f"fewer steps: {steps}": _fewer(system, stream, shown, steps, quality) for steps in FEWER}
    runs["reuse of earlier pictures"] = reuse(system, encoder, table, stream, shown, quality)
    icons = catalogue(system, encoder, table, stream)
    both = reuse(system, encoder, table, stream, shown, quality, icons)
    runs["reuse of earlier pictures and icons"] = both
    rows = [_cells(name, run, whole) for name, run in runs.items()]
    head = ["", "evaluations a picture", "saved", "quality", "against noise alone"]
    seen = {wish.prompt for wish in stream}
    words = WORDS.format(
        requests=len(stream),
        batch=BATCH,
        wordings=NUM_WORDINGS,
        zipf=ZIPF,
        repeated=len(stream) - len(seen),
        steps=STEPS,
        measure=quality.measure,
    )
    return Report("reuse", "Beginning from earlier pictures", words, [Table(head, rows)])


def draw_stream(icons: Sequence[Icon], number: int, seed: int = 77) -> list[Wish]:
    """Draw requests with Zipf frequencies over wordings, each of an icon in colours of its own."""
    random = np.random.default_rng(seed)
    plain = [icon for icon in icons if not icon.brand]
    wordings = []
    for place in random.permutation(len(plain))[:NUM_WORDINGS]:
        coloring = draw_coloring(random)
        icon = plain[int(place)]
        wordings.append(Wish(draw_caption(icon, coloring, random), icon, coloring))
    chances = 1 / np.arange(1, NUM_WORDINGS + 1) ** ZIPF
    return [wordings[int(i)] for i in random.choice(NUM_WORDINGS, number, p=chances / chances.sum())]


def reuse(
    system: LatentSystem,
    encoder: MiniLM,
    table: ReuseTable,
    stream: Sequence[Wish],
    shown: Sequence[Sequence[torch.Tensor]],
    quality: Quality,
    icons: Sequence[tuple[float, torch.Tensor] | None] = (),
) -> Run:
    """Draw the stream, each from the earlier one, or its icon, that starts lowest by the table."""
    memory, starts = Memory(), levels()
    vectors = encoder.encode([wish.prompt for wish in stream])
    counts = np.full(len(stream), float(STEPS))
    latents = torch.zeros(len(stream), *system.latent_shape)
    for first in range(0, len(stream), BATCH):
        some = range(first, min(first + BATCH, len(stream)))
        sources = {i: _lower(memory.best(vectors[i], table), icons[i] if icons else None) for i in some}
        for sigma in {None if source is None else source[0] for source in sources.values()}:
            found = {i: source for i, source in sources.items() if source is not None and source[0] == sigma}
            places = list(found) if sigma is not None else [i for i in some if sources[i] is None]
            start = None
            if sigma is not None:
                start = (sigma, torch.stack([latent for _, latent in found.values()]))
                counts[places] = STEPS - 1 - sum(level > sigma for level in starts)
            near = [shown[i] for i in places]
            latents[places] = draw(system, [stream[i].prompt for i in places], places, start, shown=near)
        for i in some:
            memory.vectors.append(vectors[i])
            memory.latents.append(latents[i])
    return Run(counts, quality.of(stream, system.decode(latents)))


def catalogue(
    system: LatentSystem, encoder: MiniLM, table: ReuseTable, stream: Sequence[Wish]
) -> list[tuple[float, torch.Tensor] | None]:
    """Return the start and latent that the collection's nearest icon gives each request.

    Of the collection those that share a word with some request, or every eightieth of the others.
    """
    words = {word for wish in stream for word in wish.icon.words}
    icons = [
        icon
        for place, icon in enumerate(load_icons())
        if not icon.brand and (words & set(icon.words) or place % 80 == 0)
    ]
    scores = looked_for(encoder, [wish.prompt for wish in stream]) @ encoder.encode(titles(icons)).T
    found: list[tuple[float, torch.Tensor] | None] = []
    for wish, row in zip(stream, scores, strict=True):
        sigma = table.start(FOUND, float(row.max()))
        latent = None if sigma is None else icon_latent(system, icons[int(row.argmax())], wish.prompt)
        found.append(None if sigma is None or latent is None else (sigma, latent))
    return found


def _lower(
    one: tuple[float, torch.Tensor] | None, other: tuple[float, torch.Tensor] | None
) -> tuple[float, torch.Tensor] | None:
    """Return the source that starts lower; of equals the first."""
    held = [source for source in (one, other) if source is not None]
    return min(held, key=lambda source: source[0]) if held else None


def _fewer(
    system: LatentSystem,
    stream: Sequence[Wish],
    shown: Sequence[Sequence[torch.Tensor]],
    steps: int,
    quality: Quality,
) -> Run:
    drawn = draw(system, [wish.prompt for wish in stream], range(len(stream)), steps=steps, shown=shown)
    return Run(np.full(len(stream), float(steps)), quality.of(stream, system.decode(drawn)))


def _cells(name: str, run: Run, whole: Run) -> list[str]:
    away = run.quality - whole.quality
    error = away.std(ddof=1) / len(away) ** 0.5
    saved = 1 - run.evaluations.sum() / whole.evaluations.sum()
    return [
        name,
        f"{run.evaluations.mean():.2f}",
        f"{saved:.0%}",
        f"{run.quality.mean():.3f}",
        "" if run is whole else f"{away.mean():+.3f} ± {error:.3f}",
    ]
