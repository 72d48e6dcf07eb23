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

CHUNK = 32


@dataclass(frozen=True, slots=True)
class Setting:
    """How pictures are drawn: DPM-Solver++(2M) on a Karras grid, guided where 0.2 < sigma <= 10.

    few: by the few-step head instead, one row an evaluation.
    """

    evaluations: int = 10
    guidance: float = 3.0
    first_seed: int = 0
    few: bool = False


class Sampler:
    """Draws with one system; what it drew before, for the same prompts and setting, is read again."""

    def __init__(self, system: LatentSystem, folder: Path) -> None:
        self.system, self.folder = system, folder / system.digest[:12]

    def draw(self, prompts: Sequence[str], setting: Setting, label: str) -> np.ndarray:
        """Return pictures (N, size, size, 3) uint8; prompt i is drawn from the seed first_seed + i."""
        said = json.dumps([asdict(setting), list(prompts)]).encode()
        place = self.folder / hashlib.sha256(said).hexdigest()[:12]
        place.mkdir(parents=True, exist_ok=True)
        starts, parts = range(0, len(prompts), CHUNK), []
        with tqdm(total=len(prompts), desc=label, unit="picture", mininterval=5.0) as bar:
            for start in starts:
                path = place / f"{start:06d}.npy"
                if not path.exists():
                    part = self._chunk(prompts[start : start + CHUNK], setting, start)
                    np.save(path.with_suffix(".part.npy"), part)
                    path.with_suffix(".part.npy").replace(path)
                parts.append(np.load(path))
                bar.update(len(parts[-1]))
        return np.concatenate(parts)

    def _chunk(self, prompts: Sequence[str], setting: Setting, start: int) -> np.ndarray:
        system, cond = self.system, self.system.condition(prompts)
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
