"""Measures what beginning from earlier pictures saves on a stream that repeats itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from models.catalog import find_model
from models.encoders.minilm import MiniLM
from models.icons import load_icons
from models.icons.captions import draw_caption, draw_coloring
from models.latent.system import LatentSystem
from models.reuse import ReuseTable
from models.train.reuse import BATCH, GENERATED, STEPS, Quality, Wish, draw, levels, quality_by
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
in {steps} evaluations. *Reuse* begins from the latent of the earlier prompt that starts lowest by the
shipped table `reuse.json` (measured by `python -m app train reuse` on prompts drawn with another seed), from
noise where the table says so. *Fewer steps* is the honest rival: from noise alone, at less cost. Quality
is the {measure}; every row draws the same noise for the same request. *Against noise alone* is the mean
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
    whole = _fewer(system, stream, STEPS, quality)
    runs = {f"from noise, {STEPS} evaluations": whole}
    runs |= {f"fewer steps: {steps}": _fewer(system, stream, steps, quality) for steps in FEWER}
    runs["reuse"] = reuse(system, encoder, table, stream, quality)
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
    system: LatentSystem, encoder: MiniLM, table: ReuseTable, stream: Sequence[Wish], quality: Quality
) -> Run:
    """Draw the stream, each request from the nearest earlier one where the table says so."""
    memory, starts = Memory(), levels()
    vectors = encoder.encode([wish.prompt for wish in stream])
    counts = np.full(len(stream), float(STEPS))
    latents = torch.zeros(len(stream), *system.latent_shape)
    for first in range(0, len(stream), BATCH):
        some = range(first, min(first + BATCH, len(stream)))
        sources = {i: memory.best(vectors[i], table) for i in some}
        for sigma in {None if source is None else source[0] for source in sources.values()}:
            found = {i: source for i, source in sources.items() if source is not None and source[0] == sigma}
            places = list(found) if sigma is not None else [i for i in some if sources[i] is None]
            start = None
            if sigma is not None:
                start = (sigma, torch.stack([latent for _, latent in found.values()]))
                counts[places] = STEPS - 1 - sum(level > sigma for level in starts)
            latents[places] = draw(system, [stream[i].prompt for i in places], places, start)
        for i in some:
            memory.vectors.append(vectors[i])
            memory.latents.append(latents[i])
    return Run(counts, quality.of(stream, system.decode(latents)))


def _fewer(system: LatentSystem, stream: Sequence[Wish], steps: int, quality: Quality) -> Run:
    drawn = draw(system, [wish.prompt for wish in stream], range(len(stream)), steps=steps)
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
