"""Colours are told from the other words of a prompt, and pictures of two colours put into others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.coloring import looked_for, middle, recolored, told
from models.icons.captions import PLAIN, Coloring

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    ("prompt", "thing", "coloring"),
    [
        ("horse, bold icon, red on navy", "horse", Coloring("red", "navy")),
        ("orange, icon, Teal", "orange", Coloring("teal", "white")),
        ("horse, bold icon", "horse", PLAIN),
        ("lexicon", "lexicon", PLAIN),
        ("bold icon, red", "bold icon", Coloring("red", "white")),
        ("a red horse", "a red horse", None),
        ("horse, red on plaid", "horse, red on plaid", None),
        ("red on navy", "red on navy", None),
        ("a hundred credits", "a hundred credits", PLAIN),
    ],
)
def test_the_last_part_tells_the_colours(prompt: str, thing: str, coloring: Coloring | None) -> None:
    """Ink, or ink on paper, behind a comma; silence is black on white; elsewhere they are not read."""
    found = told(prompt)
    assert (found.thing, found.coloring) == (thing, coloring)


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


class Letters:
    """Says how often a text has each letter, as a unit vector."""

    name, dim = "letters", 26

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Count letters."""
        rows = np.array([[text.lower().count(chr(97 + i)) + 1e-6 for i in range(26)] for text in texts])
        unit: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return unit


def test_pictures_are_looked_for_by_the_thing_as_much_as_by_all_words() -> None:
    """The vector is as near to the one as to the other, colours play no part, and order is kept."""
    texts = Letters()
    found = looked_for(texts, ["horse, bold icon, red on navy", "cat"])
    thing, words, cat = texts.encode(["horse", "horse, bold icon", "cat"])
    assert found[0] @ thing == pytest.approx(found[0] @ words)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0)
    assert found[1] == pytest.approx(cat, abs=1e-6)
    assert middle(np.stack([thing, words])) == pytest.approx(found[0])
