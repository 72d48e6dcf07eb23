"""Matching of captions and pictures is measured on icons that nothing was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from models.nets.pairing import Pairing
from models.nets.towers import TowerShape
from models.train.data import held_out
from models.train.matching import AMONG, distinct_held_out, draw_matches, measure_matching
from tests.models.encoders.test_dual import Letters

if TYPE_CHECKING:
    from pathlib import Path


def _net() -> Pairing:
    torch.manual_seed(0)
    return Pairing(TowerShape(size=16, cell=4, directions=4, hidden=12, dim=8), Letters.dim, 12).eval()


def test_judged_icons_are_held_out_and_of_one_title_each() -> None:
    """No logo, no trained icon and no title twice, in an order that mixes families."""
    icons = distinct_held_out()
    assert all(held_out(icon) and not icon.brand for icon in icons)
    assert len({icon.title for icon in icons}) == len(icons) >= 5 * AMONG
    assert len({icon.family for icon in icons[:20]}) > 2


def test_what_learned_nothing_finds_about_one_in_a_hundred() -> None:
    """Without training the shares are near chance: 1 % first, 5 % among the first five."""
    found = measure_matching(_net(), groups=2, encoder=Letters())
    assert found.rows == 2 * AMONG
    assert found.first <= 0.05
    assert found.concept <= 0.05
    assert found.first <= found.five <= 0.12
    assert f"R@5 {found.five:.3f}" in str(found)


def test_a_sheet_shows_the_nearest(tmp_path: Path) -> None:
    """A row for each caption is drawn."""
    draw_matches(_net(), tmp_path / "sheet.png", rows=2, encoder=Letters())
    assert (tmp_path / "sheet.png").exists()
