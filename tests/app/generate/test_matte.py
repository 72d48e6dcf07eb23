"""What was drawn is cut from its paper, and laid on that paper it is the picture again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from app.generate.matte import without_paper

COLORS = st.tuples(*[st.integers(0, 255)] * 3)


def disc(ink: tuple[int, ...], paper: tuple[int, ...], side: int = 48) -> np.ndarray:
    """Return an antialiased disc of ink in the middle of paper, (side, side, 3)."""
    large = Image.new("RGB", (side * 4, side * 4), paper)
    ImageDraw.Draw(large).ellipse((side, side, side * 3, side * 3), fill=ink)
    return np.asarray(large.resize((side, side), Image.Resampling.BOX))


def laid(cut: np.ndarray, paper: tuple[int, ...]) -> np.ndarray:
    """Return RGBA over a paper (Porter and Duff's over)."""
    alpha = cut[..., 3:] / 255.0
    return np.asarray(alpha * cut[..., :3] + (1 - alpha) * np.array(paper))


@settings(deadline=None, max_examples=40)
@given(COLORS, COLORS)
def test_laid_on_its_paper_it_is_the_picture_again(ink: tuple[int, ...], paper: tuple[int, ...]) -> None:
    """For any two colours that can be told apart no pixel is off by more than the grain that is cut away."""
    if np.linalg.norm(np.subtract(ink, paper)) < 40:
        return
    pixels = disc(ink, paper)
    assert np.abs(laid(without_paper(pixels), paper) - pixels).max() <= 0.05 * 255


def test_no_fringe_of_the_old_paper_is_left() -> None:
    """At the soft edge the colour is the ink's own: on black paper nothing of the white shows."""
    cut = without_paper(disc((220, 38, 38), (255, 255, 255)))
    edge = cut[(cut[..., 3] > 0) & (cut[..., 3] < 255)]
    assert len(edge) > 20
    assert np.abs(edge[:, :3].astype(int) - (220, 38, 38)).max() <= 1


def test_grain_on_the_paper_is_not_ink() -> None:
    """A decoder's noise of a few shades leaves the paper wholly transparent and the ink wholly opaque."""
    noise = np.random.default_rng(3).integers(-4, 5, (48, 48, 3))
    cut = without_paper(
        (disc((37, 99, 235), (250, 240, 230)).astype(int) + noise).clip(0, 255).astype(np.uint8)
    )
    assert (cut[:6, :, 3] == 0).all()
    assert (cut[20:28, 20:28, 3] == 255).all()


def test_a_picture_of_many_colours_stays_as_it_is_where_it_is_not_paper() -> None:
    """Three patches on white keep their colours and are opaque; the white between them is gone."""
    pixels = np.full((30, 30, 3), 255, np.uint8)
    patches = [(200, 30, 30), (30, 160, 40), (40, 60, 200)]
    for place, color in enumerate(patches):
        pixels[10:20, 2 + 9 * place : 8 + 9 * place] = color
    cut = without_paper(pixels)
    for place, color in enumerate(patches):
        assert (cut[15, 5 + 9 * place] == (*color, 255)).all()
    assert (cut[:8, :, 3] == 0).all()


def test_blank_paper_is_all_transparent() -> None:
    """A picture of one colour has nothing drawn on it."""
    assert not without_paper(np.full((8, 8, 3), 77, np.uint8)).any()


def test_other_shapes_are_refused() -> None:
    """Only RGB in bytes is read."""
    with pytest.raises(ValueError, match="uint8"):
        without_paper(np.zeros((8, 8), np.uint8))
