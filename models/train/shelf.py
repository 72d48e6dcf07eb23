"""Finds the icons that a system is shown beside a prompt, as the service does with its collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.coloring import looked_for
from models.icons.render import render_picture
from models.reuse import LEAST_SHOWN
from models.train.sources import titles
from models.train.wording import cache_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from models.icons.fonts import Icon
    from models.latent.system import LatentSystem
    from models.types import TextEncoder

BATCH = 512


class Shelf:
    """Icons by the vectors of their words; each is encoded, black on white, when it is first shown."""

    def __init__(
        self, system: LatentSystem, encoder: TextEncoder, icons: Sequence[Icon], cache: Path
    ) -> None:
        self._system, self._encoder, self._icons = system, encoder, icons
        self._vectors = cache_vectors(titles(icons), encoder, cache)
        self._latents: dict[int, Tensor] = {}

    def shown(self, prompts: Sequence[str], without: Sequence[str] = ()) -> list[list[Tensor]]:
        """Return for each prompt the latents (C, h, w) of the nearest icons, of equals in their order.

        `without` names for each prompt the icon that it asks for, which is then not shown: as if the
        collection did not have it.
        """
        rows: list[list[Tensor]] = []
        for start in range(0, len(prompts), BATCH):
            some = prompts[start : start + BATCH]
            for scores in looked_for(self._encoder, some) @ self._vectors.T:
                absent = without[len(rows)] if without else ""
                rows.append([self._latent(place) for place in self._nearest(scores, absent)])
        return rows

    def _nearest(self, scores: np.ndarray, absent: str) -> list[int]:
        count = self._system.neighbours
        order = np.argsort(-scores, kind="stable")[: count + 1].tolist()
        near = [i for i in order if scores[i] >= LEAST_SHOWN and self._icons[i].id != absent]
        return near[:count]

    def _latent(self, place: int) -> Tensor:
        if place not in self._latents:
            picture = render_picture(self._icons[place], self._system.picture_size)
            self._latents[place] = self._system.encode(np.asarray(picture)[None])[0]
        return self._latents[place]
