"""Colours are told from the other words of a prompt, and pictures of two colours put into others."""

from __future__ import annotations

import numpy as np
import pytest

from models.coloring import recolored, told
from models.icons.captions import PLAIN, Coloring


@pytest.mark.parametrize(
    ("prompt", "words", "coloring"),
    [
        ("horse, bold icon, red on navy", "horse, bold icon", Coloring("red", "navy")),
        ("orange, icon, Teal", "orange, icon", Coloring("teal", "white")),
        ("horse, bold icon", "horse, bold icon", PLAIN),
        ("a red horse", "a red horse", None),
        ("horse, red on plaid", "horse, red on plaid", None),
        ("red on navy", "red on navy", None),
        ("a hundred credits", "a hundred credits", PLAIN),
    ],
)
def test_the_last_part_tells_the_colours(prompt: str, words: str, coloring: Coloring | None) -> None:
    """Ink, or ink on paper, behind a comma; silence is black on white; elsewhere they are not read."""
    found = told(prompt)
    assert (found.words, found.coloring) == (words, coloring)


def test_ink_and_paper_are_exchanged() -> None:
    """What was ink has the new ink, what was paper the new paper, and a soft edge stays between them."""
    picture = np.full((9, 9, 3), 255, np.uint8)
    picture[3:6, 3:6] = 0
    picture[2, 3:6] = 128
    new = recolored(picture, Coloring("red", "navy"))
    assert new is not None
    assert tuple(new[4, 4]) == (220, 38, 38)
    assert tuple(new[0, 0]) == (23, 37, 84)
    assert 23 < new[2, 4, 0] < 220


def test_a_picture_of_many_colours_is_none() -> None:
    """A photograph has no ink to exchange."""
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    assert recolored(noise, PLAIN) is None
