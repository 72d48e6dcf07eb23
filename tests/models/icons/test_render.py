"""Drawing icons."""

from __future__ import annotations

import numpy as np
import pytest

from models.icons import Icon, load_icons, render_mask, render_picture
from models.icons.render import colorize


@pytest.fixture(scope="module")
def icons() -> dict[str, Icon]:
    """All icons by id."""
    return {icon.id: icon for icon in load_icons()}


def _box(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.where(mask.any(1))[0], np.where(mask.any(0))[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize(
    "icon", ["phosphor/horse/bold", "font-awesome/house/solid", "elusive/home/solid", "codicons/add/regular"]
)
def test_a_glyph_is_centred_and_fits(icons: dict[str, Icon], icon: str) -> None:
    """The margins left and right, top and bottom, differ by two pixels at most, and none is missing."""
    left, top, right, bottom = _box(np.asarray(render_mask(icons[icon], 128)))
    assert abs(left - (128 - right)) <= 2
    assert abs(top - (128 - bottom)) <= 2
    assert min(left, top) >= 2


def test_bolder_weights_have_more_ink(icons: dict[str, Icon]) -> None:
    """Thin, light, regular, bold and fill cover ever more of the picture."""
    ink = [
        np.asarray(render_mask(icons[f"phosphor/heart/{weight}"], 96)).mean()
        for weight in ("thin", "light", "regular", "bold", "fill")
    ]
    assert ink == sorted(ink)
    assert ink[-1] > 5 * ink[0]


def test_every_sampled_icon_has_ink(icons: dict[str, Icon]) -> None:
    """No glyph of a sample over all families is blank, nor fills the whole picture."""
    for icon in list(icons.values())[::97]:
        mask = np.asarray(render_mask(icon, 48))
        assert 0.003 < (mask > 127).mean() < 0.95, icon.id


def test_colours_stand_where_the_mask_says(icons: dict[str, Icon]) -> None:
    """Full mask is ink, empty mask is paper."""
    icon = icons["phosphor/square/fill"]
    mask = np.asarray(render_mask(icon, 64))
    picture = np.asarray(render_picture(icon, 64, ink=(220, 38, 38), paper=(1, 2, 3)))
    assert np.all(picture[mask == 255] == (220, 38, 38))
    assert np.all(picture[mask == 0] == (1, 2, 3))
    assert np.array_equal(
        np.asarray(colorize(render_mask(icon, 64), (9, 9, 9), (9, 9, 9))), np.full((64, 64, 3), 9)
    )
