"""Finds what of the collection a picture may begin from: icons near a prompt, in the colours it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.coloring import recolored, told
from models.icons.render import render_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from models.icons.fonts import Icon
    from models.latent.system import LatentSystem
    from models.train.reuse import Wish


def titles(icons: Sequence[Icon]) -> list[str]:
    """Return what the service makes icons' text vectors of."""
    return ["\n".join((icon.title, ", ".join(icon.tags))) for icon in icons]


def icon_latent(system: LatentSystem, icon: Icon, prompt: str) -> Tensor | None:
    """Return the latent (C, h, w) of an icon in a prompt's colours, None where these are not told."""
    coloring = told(prompt).coloring
    if coloring is None:
        return None
    picture = recolored(np.asarray(render_picture(icon, system.picture_size)), coloring)
    return None if picture is None else system.encode(picture[None])[0]


def near_icons(icons: Sequence[Icon], wishes: Sequence[Wish]) -> list[Icon]:
    """Return icons that share a word with some wish, and as many that share none, in their order."""
    words = {word for wish in wishes for word in wish.icon.words}
    kin = [icon for icon in icons if not icon.brand and words & set(icon.words)]
    concepts = {wish.icon.concept for wish in wishes}
    kin.sort(key=lambda icon: icon.concept not in concepts)
    rest = [icon for icon in icons if not icon.brand and not words & set(icon.words)]
    return kin[:1_000] + rest[:: max(1, len(rest) // 200)]
