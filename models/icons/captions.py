"""Describes an icon in two colours by a caption, with words left out and styles rephrased at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.icons.render import BLACK, WHITE, Color

if TYPE_CHECKING:
    import numpy as np

    from models.icons.fonts import Icon

INKS: dict[str, Color] = {
    "black": BLACK,
    "white": WHITE,
    "red": (220, 38, 38),
    "orange": (249, 115, 22),
    "yellow": (250, 204, 21),
    "green": (22, 163, 74),
    "teal": (13, 148, 136),
    "blue": (37, 99, 235),
    "purple": (147, 51, 234),
    "pink": (236, 72, 153),
    "brown": (120, 72, 40),
    "grey": (120, 124, 130),
}
LIGHT_PAPERS: dict[str, Color] = {
    "white": WHITE,
    "cream": (254, 243, 210),
    "light grey": (229, 231, 235),
    "light blue": (200, 226, 254),
}
DARK_PAPERS: dict[str, Color] = {"black": BLACK, "navy": (23, 37, 84)}

_PARAPHRASES: dict[str, tuple[str, ...]] = {
    "outline": ("outline", "outlined", "line"),
    "line": ("line", "outline", "outlined"),
    "fill": ("fill", "filled", "solid"),
    "solid": ("solid", "filled", "fill"),
    "regular": ("regular", "medium"),
    "thin": ("thin", "hairline"),
    "light": ("light", "fine"),
    "bold": ("bold", "thick", "heavy"),
    "duotone": ("duotone", "two-tone"),
}


@dataclass(frozen=True, slots=True)
class Coloring:
    """A named ink on a named paper."""

    ink_name: str
    paper_name: str

    @property
    def ink(self) -> Color:
        """RGB, 0 to 255."""
        return INKS[self.ink_name]

    @property
    def paper(self) -> Color:
        """RGB, 0 to 255."""
        return (LIGHT_PAPERS | DARK_PAPERS)[self.paper_name]


PLAIN = Coloring("black", "white")


def draw_coloring(random: np.random.Generator, plain: float = 0.4) -> Coloring:
    """Draw black on white with probability `plain`, else an ink on a paper it stands out from."""
    if random.random() < plain:
        return PLAIN
    if random.random() < 0.25:
        inks = [name for name in INKS if name not in ("black", "brown", "blue", "purple", "grey")]
        return Coloring(_pick(inks, random), _pick(list(DARK_PAPERS), random))
    inks = [name for name in INKS if name not in ("white", "yellow")]
    papers = list(LIGHT_PAPERS)
    return Coloring(_pick(inks, random), "white" if random.random() < 0.6 else _pick(papers, random))


def caption(icon: Icon, coloring: Coloring) -> str:
    """Return the full caption: `horse, Phosphor bold icon, red on white`."""
    return f"{icon.title}, {icon.family} {icon.weight} icon, {coloring.ink_name} on {coloring.paper_name}"


def draw_caption(icon: Icon, coloring: Coloring, random: np.random.Generator) -> str:
    """Draw a caption as people type them: the concept always, family, weight and colours often.

    Black on white is what no mention of colour means, so any other colouring is nearly always told.
    """
    parts = [icon.title]
    style = []
    if random.random() < 0.6:
        style.append(icon.family)
    if random.random() < 0.8:
        style.append(_pick(list(_PARAPHRASES.get(icon.weight, (icon.weight,))), random))
    if style or random.random() < 0.5:
        style.append("icon")
        parts.append(" ".join(style))
    colors = _draw_colors(coloring, random)
    return ", ".join([*parts, colors] if colors else parts)


def _draw_colors(coloring: Coloring, random: np.random.Generator) -> str:
    if coloring == PLAIN:
        return "black on white" if random.random() < 0.5 else ""
    if coloring.paper_name == "white" and random.random() < 0.4:
        return coloring.ink_name
    return f"{coloring.ink_name} on {coloring.paper_name}"


def _pick(names: list[str] | tuple[str, ...], random: np.random.Generator) -> str:
    return names[int(random.integers(len(names)))]
