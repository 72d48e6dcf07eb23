"""Draws pictures for a list of prompts and keeps them on disk, so that an interrupted evaluation goes on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from models.train.sheets import sample, sample_few

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from models.latent.system import LatentSystem
    from models.train.shelf import Shelf

CHUNK = 32


@dataclass(frozen=True, slots=True)
class Setting:
    """How pictures are drawn: DPM-Solver++(2M) on a Karras grid, guided where 0.2 < sigma <= 10.

    few: by the few-step head instead, one row an evaluation. shown: neighbours beside the words.
    """

    evaluations: int = 10
    guidance: float = 3.0
    first_seed: int = 0
    few: bool = False
    shown: bool = False


class Sampler:
    """Draws with one system; what it drew before, for the same prompts and setting, is read again."""

    def __init__(self, system: LatentSystem, folder: Path, shelf: Shelf | None = None) -> None:
        self.system, self.folder, self.shelf = system, folder / system.digest[:12], shelf

    def draw(
        self, prompts: Sequence[str], setting: Setting, label: str, without: Sequence[str] = ()
    ) -> np.ndarray:
        """Return pictures (N, size, size, 3) uint8; prompt i is drawn from the seed first_seed + i.

        `without` names for each prompt the icon that is not among the neighbours.
        """
        said = json.dumps([asdict(setting), list(prompts), list(without)]).encode()
        place = self.folder / hashlib.sha256(said).hexdigest()[:12]
        place.mkdir(parents=True, exist_ok=True)
        starts, parts = range(0, len(prompts), CHUNK), []
        with tqdm(total=len(prompts), desc=label, unit="picture", mininterval=5.0) as bar:
            for start in starts:
                path = place / f"{start:06d}.npy"
                if not path.exists():
                    rows = slice(start, start + CHUNK)
                    part = self._chunk(prompts[rows], setting, start, without[rows])
                    np.save(path.with_suffix(".part.npy"), part)
                    path.with_suffix(".part.npy").replace(path)
                parts.append(np.load(path))
                bar.update(len(parts[-1]))
        return np.concatenate(parts)

    def _chunk(
        self, prompts: Sequence[str], setting: Setting, start: int, without: Sequence[str]
    ) -> np.ndarray:
        system, shelf = self.system, self.shelf if setting.shown else None
        cond = system.condition(prompts, shown=() if shelf is None else shelf.shown(prompts, without))
        shape, first, num = system.latent_shape, setting.first_seed + start, setting.evaluations
        if setting.few:
            return system.decode(sample_few(system.jump, cond, shape, num, system.sigma_span, first))
        latents = sample(
            system.denoise,
            cond,
            system.condition([""] * len(prompts)),
            shape,
            num,
            setting.guidance,
            first,
        )
        return system.decode(latents)
