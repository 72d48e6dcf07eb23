"""Reading the icons of the bundled fonts."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from models.icons import Icon, load_icons
from models.icons.fonts import IconsMissing, split_name

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def icons() -> dict[str, Icon]:
    """All icons by id."""
    return {icon.id: icon for icon in load_icons()}


def test_all_icons_are_read_once(icons: dict[str, Icon]) -> None:
    """There are 16 436 icons with as many ids, in the order of their ids."""
    assert len(icons) == 16_436
    assert list(icons) == sorted(icons)


def test_families_and_weights_are_counted(icons: dict[str, Icon]) -> None:
    """Phosphor draws every concept in five weights, Remix most of them as line and fill."""
    counts = Counter((icon.family, icon.weight) for icon in icons.values())
    assert {weight for family, weight in counts if family == "Phosphor"} == {
        "thin",
        "light",
        "regular",
        "bold",
        "fill",
    }
    assert {counts["Phosphor", w] for w in ("thin", "light", "regular", "bold", "fill")} == {894}
    assert counts["Material Design", "outline"] == 1898
    assert counts["Font Awesome", "solid"] == 1402


def test_an_icon_knows_its_words(icons: dict[str, Icon]) -> None:
    """Id, title and tags are made of the glyph's name, family and weight."""
    icon = icons["phosphor/arrow-left/bold"]
    assert icon.title == "arrow left"
    assert icon.words == ("arrow", "left")
    assert icon.tags == ("arrow", "left", "phosphor", "bold")


def test_several_names_of_a_glyph_become_tags(icons: dict[str, Icon]) -> None:
    """Codicons call one glyph `add` and `plus`: it is one icon that both words find."""
    assert "codicons/plus/regular" not in icons
    assert "plus" in icons["codicons/add/regular"].tags


@pytest.mark.parametrize(
    "icon",
    ["phosphor/twitter-logo/bold", "material-design/google-chrome/fill", "remix/github/line"],
)
def test_logos_are_brands(icons: dict[str, Icon], icon: str) -> None:
    """A company's logo is marked as one."""
    assert icons[icon].brand


@pytest.mark.parametrize("icon", ["phosphor/horse/bold", "material-design/apple-keyboard-command/fill"])
def test_brands_are_told_by_the_first_word(icons: dict[str, Icon], icon: str) -> None:
    """A horse is no logo; what starts with a company's name is."""
    assert icons[icon].brand == ("apple" in icon)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("horse-bold", ("horse", "bold")),
        ("bold", ("bold", "regular")),
        ("text-bold-bold", ("text-bold", "bold")),
        ("horse", ("horse", "regular")),
        ("arrow-left", ("arrow-left", "regular")),
    ],
)
def test_only_a_known_suffix_is_a_weight(name: str, expected: tuple[str, str]) -> None:
    """What follows the last dash is a weight only when the family uses it as one."""
    assert split_name(name, {"bold": "bold"}, "regular") == expected


def test_missing_fonts_are_reported(tmp_path: Path) -> None:
    """A folder without fonts raises the file that is missing."""
    with pytest.raises(FileNotFoundError):
        load_icons(tmp_path)
    assert issubclass(IconsMissing, FileNotFoundError)


def test_neither_torch_nor_qt_is_imported() -> None:
    """Icons are for search-only nodes too: no torch, and no Qt code of the package with the fonts."""
    code = (
        "import sys, models.icons as i; i.render_mask(i.load_icons()[0], 32);"
        "print([m for m in ('torch', 'qtawesome', 'qtpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
