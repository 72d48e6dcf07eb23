"""Measures a generator: distances, pairs, copies, curves and likelihood, each with its floor and ceiling.

A system that is shown neighbours is shown those of the trained icons, never the one that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from models.diffusion.samplers import FEW_STEPS
from models.evaluate.copies import copy_rates
from models.evaluate.distances import KernelDistance, frechet, kernel_distance
from models.evaluate.judge import Looks, drawn
from models.evaluate.likelihood import LatentDensity, latent_density
from models.evaluate.pairs import Verdict, grouped, judged, prompt_of, style_of
from models.evaluate.samples import Sampler, Setting
from models.evaluate.styles import fit_styles
from models.icons import load_icons
from models.train.data import held_out
from models.train.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from models.evaluate.judge import Judge
    from models.evaluate.shares import Share
    from models.icons import Icon
    from models.latent.system import LatentSystem

EVALUATIONS = (1, 2, 4, 10, 50)
GUIDANCES = (1.0, 2.0, 3.0, 4.5)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is drawn.

    count: pictures for the distances. pairs: seen, and as many held-out. curve: pictures a point.
    likelihoods: held-out icons whose density is taken. seed: of choices and pictures.
    """

    count: int = 5000
    pairs: int = 500
    curve: int = 200
    likelihoods: int = 8
    seed: int = 0

    @classmethod
    def of(cls, count: int, seed: int = 0) -> Plan:
        """Return the plan in which everything shrinks with the count of pictures."""
        return cls(count, max(20, min(600, count // 10)), max(20, count // 25), min(8, count // 100), seed)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve: how pictures were drawn, the verdict on held-out pairs, distance to real ones."""

    setting: Setting
    verdict: Verdict
    kernel: KernelDistance


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured of a system; `*_real` are the same of real icons: ceilings of shares, floors else."""

    system: str
    digest: str
    count: int
    frechet: float
    frechet_real: float
    kernel: KernelDistance
    kernel_real: KernelDistance
    seen: Verdict
    seen_real: Verdict
    held_out: Verdict
    held_out_real: Verdict
    copies_seen: Share
    copies_held_out: Share
    copies_real: Share
    steps: tuple[Point, ...] = ()
    guidances: tuple[Point, ...] = ()
    few: tuple[Point, ...] = ()
    told: tuple[Point, ...] = ()
    density: LatentDensity | None = None
    sheet: tuple[tuple[Icon, np.ndarray], ...] = field(default=(), repr=False)


class Evaluation:
    """Draws, judges and compares; what was drawn or seen before is read from `folder`.

    icons: what the system was trained on, with those held out; all icons when left out.
    """

    def __init__(
        self,
        system: LatentSystem,
        judge: Judge,
        plan: Plan,
        folder: Path,
        icons: Sequence[Icon] | None = None,
    ) -> None:
        self.system, self.judge, self.plan = system, judge, plan
        icons = [icon for icon in (load_icons() if icons is None else icons) if not icon.brand]
        self.trained = [icon for icon in icons if not held_out(icon)]
        self.shelf = Shelf(system, judge.encoder, self.trained, folder) if system.neighbours else None
        self.sampler = Sampler(system, folder, self.shelf)
        self.usual = Setting(guidance=system.guidance, first_seed=plan.seed, shown=self.shelf is not None)
        titles = {icon.title for icon in self.trained}
        # The concept is seen and the style is seen; only the pair of them is not.
        self.apart = [icon for icon in icons if held_out(icon) and icon.title in titles]
        self.real = self._real(self.trained, folder / "trained.npz")
        self.real_apart = self._real(self.apart, folder / "held-out.npz")
        self.styles = fit_styles(self.real.both, [style_of(icon) for icon in self.trained])

    def report(self) -> Report:
        """Measure everything."""
        pictures, floor = self._distances()
        seen, seen_real, seen_looks, _ = self._pairs(self.trained, self.real, "seen pairs")
        apart, apart_real, apart_looks, sheet = self._pairs(self.apart, self.real_apart, "held-out pairs")
        copied, _ = self._copies(seen_looks)
        copied_apart, copied_real = self._copies(apart_looks)
        return Report(
            self.system.name,
            self.system.digest,
            self.plan.count,
            *pictures,
            *floor,
            seen,
            seen_real,
            apart,
            apart_real,
            copied,
            copied_apart,
            copied_real,
            tuple(self._point(replace(self.usual, evaluations=n)) for n in EVALUATIONS),
            tuple(self._point(replace(self.usual, guidance=g)) for g in GUIDANCES),
            tuple(self._point(replace(self.usual, evaluations=n, few=True)) for n in self._few()),
            tuple(self._point(replace(self.usual, shown=shown)) for shown in self._showings()),
            self._density(),
            sheet,
        )

    def _few(self) -> tuple[int, ...]:
        return FEW_STEPS if "distilled" in self.system.guidances else ()

    def _showings(self) -> tuple[bool, ...]:
        return () if self.shelf is None else (False, True)

    def _draw(self, icons: Sequence[Icon], setting: Setting, label: str) -> np.ndarray:
        """Draw icons by their full captions, as if the collection had all icons trained on but these."""
        names = [icon.id for icon in icons] if setting.shown else ()
        return self.sampler.draw([prompt_of(icon) for icon in icons], setting, label, names)

    def _distances(self) -> tuple[tuple[float, float], tuple[KernelDistance, KernelDistance]]:
        order = np.random.default_rng([self.plan.seed, 1]).permutation(len(self.trained))
        count = min(self.plan.count, len(order) // 2)
        asked, others = order[:count], order[count : 2 * count]
        chosen = [self.trained[i] for i in asked]
        made = self.judge.look(self._draw(chosen, self.usual, "distances")).features
        real, reference = self.real.features[asked], self.real.features[others]
        return (frechet(made, reference), frechet(real, reference)), (
            kernel_distance(made, reference),
            kernel_distance(real, reference),
        )

    def _pairs(
        self, icons: Sequence[Icon], real: Looks, label: str
    ) -> tuple[Verdict, Verdict, Looks, tuple[tuple[Icon, np.ndarray], ...]]:
        """Judge generated and real pictures of pairs; also give what was seen and the first pictures made."""
        chosen, rows = self._chosen(icons, self.plan.pairs)
        pictures = self._draw(chosen, self.usual, label)
        made = self.judge.look(pictures)
        verdicts = (judged(chosen, seen, self.judge, self.styles) for seen in (made, real.take(rows)))
        sheet = tuple(zip(chosen[:24], pictures[:24], strict=True))
        generated, ceiling = verdicts
        return generated, ceiling, made, sheet

    def _chosen(self, icons: Sequence[Icon], count: int) -> tuple[list[Icon], list[int]]:
        """Return up to `count` icons in groups with hard negatives, and their places among `icons`."""
        picks = np.random.default_rng([self.plan.seed, 2]).permutation(len(icons))[: count + count // 5]
        some = [icons[i] for i in sorted(picks)]
        chosen = grouped(some, self.judge.sentences([icon.title for icon in some]), self.plan.seed)[:count]
        places = {icon.id: place for place, icon in enumerate(icons)}
        return chosen, [places[icon.id] for icon in chosen]

    def _point(self, setting: Setting) -> Point:
        chosen, _ = self._chosen(self.apart, self.plan.curve)
        label = "few-step, " * setting.few
        label += f"{setting.evaluations} evaluations, guidance {setting.guidance:g}"
        label += ", words alone" * (self.shelf is not None and not setting.shown)
        made = self.judge.look(self._draw(chosen, setting, label))
        verdict = judged(chosen, made, self.judge, self.styles)
        return Point(setting, verdict, kernel_distance(made.features, self.real.features))

    def _density(self) -> LatentDensity | None:
        if not self.plan.likelihoods:
            return None
        chosen = self.apart[:: len(self.apart) // self.plan.likelihoods][: self.plan.likelihoods]
        return latent_density(self.system, drawn(chosen), [prompt_of(icon) for icon in chosen])

    def _copies(self, looks: Looks) -> tuple[Share, Share]:
        return copy_rates(looks.features, self.real_apart.features, self.real.features)

    def _real(self, icons: Sequence[Icon], path: Path) -> Looks:
        """Look at real icons; what the same judge saw of them before is read again."""
        named = path.with_stem(f"{path.stem}-{self.judge.digest[:12]}")
        if not named.exists():
            named.parent.mkdir(parents=True, exist_ok=True)
            parts = [self.judge.look(drawn(icons[i : i + 512])) for i in range(0, len(icons), 512)]
            features, thick = ([getattr(p, name) for p in parts] for name in ("features", "strokes"))
            part = named.with_suffix(".part.npz")
            np.savez(part, features=np.concatenate(features), strokes=np.concatenate(thick))
            part.replace(named)
        with np.load(named) as stored:
            return Looks(stored["features"], stored["strokes"])
