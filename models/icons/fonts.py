"""Reads the icons inside the fonts that the package QtAwesome carries, without importing its Qt code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from models.icons.brands import brand_names, is_brand


class IconsMissing(FileNotFoundError):
    """The package that carries the fonts is not installed."""


@dataclass(frozen=True)
class Family:
    """One icon family: how it is called, where it lies and what its suffixes mean.

    files:    (stem of the font, stem of its character map, weight when no suffix tells one).
    suffixes: end of a name, without its dash, to the weight it stands for.
    scale:    em size over picture size, so that every family fills about the same share of a picture.
    """

    name: str
    slug: str
    licence: str
    files: tuple[tuple[str, str, str], ...]
    suffixes: dict[str, str]
    scale: float


FAMILIES: tuple[Family, ...] = (
    Family(
        "Material Design", "material-design", "Apache-2.0",
        (("materialdesignicons6-webfont-6.9.96", "materialdesignicons6-webfont-charmap-6.9.96", "fill"),),
        {"outline": "outline"}, 1.0,
    ),
    Family(
        "Phosphor", "phosphor", "MIT",
        (("phosphor-1.3.0", "phosphor-charmap-1.3.0", "regular"),),
        {w: w for w in ("thin", "light", "bold", "fill", "duotone")}, 1.0,
    ),
    Family(
        "Remix", "remix", "Apache-2.0",
        (("remixicon-2.5.0", "remixicon-charmap-2.5.0", "line"),),
        {"line": "line", "fill": "fill"}, 1.0,
    ),
    Family(
        "Font Awesome", "font-awesome", "CC-BY-4.0",
        (
            ("fontawesome6-regular-webfont-6.7.2", "fontawesome6-regular-webfont-charmap-6.7.2", "regular"),
            ("fontawesome6-solid-webfont-6.7.2", "fontawesome6-solid-webfont-charmap-6.7.2", "solid"),
        ),
        {}, 0.84,
    ),
    Family(
        "Codicons", "codicons", "CC-BY-4.0",
        (("codicon-0.0.36", "codicon-charmap-0.0.36", "regular"),),
        {}, 0.95,
    ),
    Family(
        "Elusive", "elusive", "OFL-1.1",
        (("elusiveicons-webfont-2.0", "elusiveicons-webfont-charmap-2.0", "solid"),),
        {}, 0.84,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Icon:
    """One glyph. `aliases` are the other names its family gives to the same glyph."""

    family: str
    concept: str
    weight: str
    codepoint: int
    brand: bool
    font: str
    aliases: tuple[str, ...] = ()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the concept, in order."""
        return tuple(word for word in self.concept.split("-") if word)

    @property
    def slug(self) -> str:
        """The family's name as it stands in an id."""
        return self.family.lower().replace(" ", "-")

    @property
    def id(self) -> str:
        """Stable and unique: `phosphor/horse/bold`."""
        return f"{self.slug}/{self.concept}/{self.weight}"

    @property
    def title(self) -> str:
        """The concept in words: `arrow left`."""
        return " ".join(self.words)

    @property
    def tags(self) -> tuple[str, ...]:
        """Distinct words of the concept and its aliases, then family and weight."""
        words = [*self.words, *(w for alias in self.aliases for w in alias.split("-") if w)]
        return tuple(dict.fromkeys([*words, self.family.lower(), self.weight]))


def fonts_directory() -> Path:
    """Return the folder of the bundled fonts. Raises IconsMissing when QtAwesome is not installed."""
    spec = find_spec("qtawesome")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "fonts"
        if folder.is_dir():
            return folder
    raise IconsMissing("the icon fonts come with the package QtAwesome: pip install 'trouvere[demo]'")


def load_icons(directory: Path | None = None) -> list[Icon]:
    """Return the 16 436 icons, ordered by id.

    Two generations of Material Design and of Font Awesome are bundled: the newer is read. The font
    of company logos of Font Awesome is left out, several names of one glyph are one icon, and a
    glyph without ink is none.
    """
    folder = directory or fonts_directory()
    brands = brand_names(folder)
    icons = [icon for family in FAMILIES for icon in _family_icons(family, folder, brands)]
    return sorted(icons, key=lambda icon: icon.id)


def split_name(name: str, suffixes: dict[str, str], weight: str) -> tuple[str, str]:
    """Split a glyph's name into (concept, weight): `horse-bold` is (`horse`, `bold`) in Phosphor."""
    concept, dash, last = name.rpartition("-")
    if dash and concept and last in suffixes:
        return concept, suffixes[last]
    return name, weight


def _family_icons(family: Family, folder: Path, brands: frozenset[str]) -> list[Icon]:
    icons = []
    for font, charmap, weight in family.files:
        for codepoint, names in _glyphs(folder / f"{charmap}.json").items():
            concept, own_weight = split_name(names[0], family.suffixes, weight)
            brand = any(is_brand(split_name(n, family.suffixes, weight)[0], brands) for n in names)
            icons.append(
                Icon(family.name, concept, own_weight, codepoint, brand, f"{font}.ttf", tuple(names[1:]))
            )
    return icons


def _glyphs(charmap: Path) -> dict[int, list[str]]:
    """Read a character map as code point to its names; the name `blank` stands for no picture."""
    glyphs: dict[int, list[str]] = {}
    for name, code in json.loads(charmap.read_text(encoding="utf-8")).items():
        if name != "blank":
            glyphs.setdefault(int(code, 16), []).append(name)
    return glyphs
