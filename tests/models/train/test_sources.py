"""The collection's icons near a prompt are known by their words, and drawn in its colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from models.icons import load_icons
from models.icons.captions import PLAIN, Coloring
from models.train.reuse import Wish
from models.train.sources import icon_latent, near_icons, titles

if TYPE_CHECKING:
    import numpy as np


class Canvas:
    """A system whose latents are pictures."""

    picture_size = 32

    def encode(self, pictures: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(pictures.copy()).permute(0, 3, 1, 2)


def test_an_icon_comes_in_the_colours_asked_for() -> None:
    """Red on navy is what the latent is of; where colours cannot be read there is none."""
    icon = next(icon for icon in load_icons() if icon.concept == "horse")
    latent = icon_latent(Canvas(), icon, "horse, red on navy")  # type: ignore[arg-type]  # it encodes
    assert latent is not None
    assert tuple(latent[:, 0, 0].tolist()) == (23, 37, 84)
    assert icon_latent(Canvas(), icon, "a red horse") is None  # type: ignore[arg-type]  # as above


def test_those_of_the_concept_come_first() -> None:
    """What is compared holds every icon of the concept, then those that share a word; no brand."""
    icons = load_icons()
    (icon,) = [one for one in icons if one.concept == "horse"][:1]
    near = near_icons(icons, [Wish("horse", icon, PLAIN), Wish("horse", icon, Coloring("red", "white"))])
    own = sum(one.concept == "horse" for one in icons)
    assert {one.concept for one in near[:own]} == {"horse"}
    assert not any(one.brand for one in near)
    assert titles([icon])[0].startswith(f"{icon.title}\nhorse")
