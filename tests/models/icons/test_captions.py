"""Captions of coloured icons."""

from __future__ import annotations

import numpy as np
import pytest

from models.icons import Icon, load_icons
from models.icons.captions import PLAIN, Coloring, caption, draw_caption, draw_coloring


@pytest.fixture(scope="module")
def horse() -> Icon:
    """A Phosphor icon."""
    return next(icon for icon in load_icons() if icon.id == "phosphor/horse/bold")


def test_the_full_caption_says_everything(horse: Icon) -> None:
    """Concept, family, weight, ink and paper stand in the caption."""
    assert caption(horse, Coloring("red", "white")) == "horse, Phosphor bold icon, red on white"


def test_drawn_captions_always_name_the_concept(horse: Icon) -> None:
    """Other words come and go, and bold is rephrased."""
    random = np.random.default_rng(0)
    told = {draw_caption(horse, Coloring("red", "white"), random) for _ in range(300)}
    assert all(text.startswith("horse") for text in told)
    assert "horse, Phosphor heavy icon, red" in told
    assert "horse, red on white" in told
    assert all("red" in text for text in told)


def test_black_on_white_may_go_without_saying(horse: Icon) -> None:
    """About half of the plain captions mention no colour."""
    random = np.random.default_rng(1)
    told = [draw_caption(horse, PLAIN, random) for _ in range(400)]
    assert 0.4 < np.mean(["black" in text for text in told]) < 0.6


def test_the_same_generator_state_draws_the_same(horse: Icon) -> None:
    """A caption is a function of icon, colouring and generator."""
    first, second = (np.random.default_rng(7) for _ in range(2))
    assert [draw_caption(horse, PLAIN, first) for _ in range(9)] == [
        draw_caption(horse, PLAIN, second) for _ in range(9)
    ]


def test_plain_colourings_come_as_often_as_asked() -> None:
    """With plain at 0.4, four in ten are black on white, and ink always differs from paper."""
    random = np.random.default_rng(2)
    drawn = [draw_coloring(random, plain=0.4) for _ in range(2000)]
    assert 0.36 < np.mean([c == PLAIN for c in drawn]) < 0.46
    assert all(c.ink != c.paper for c in drawn)
