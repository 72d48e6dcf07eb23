"""Draws the README's contact sheet with the shipped model: `python -m tests.flows.sheet FILE`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from models.catalog import find_model
from models.encoders import MiniLM
from models.evaluate.pairs import style_of
from models.evaluate.samples import Sampler, Setting
from models.latent.system import LatentSystem
from models.train.data import training_icons
from models.train.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from models.icons import Icon

GROUPS = {
    "seen in training": (
        "heart, filled icon, red on white",
        "star, outline icon, black on white",
        "house, solid icon, blue on white",
        "horse, Phosphor bold icon, black on white",
        "camera, Remix line icon, black on white",
        "lock, filled icon, white on navy",
        "cloud, Phosphor regular icon, blue on light blue",
        "arrow right, bold icon, green on white",
    ),
    "pairs never trained on": (
        "fire, Elusive solid icon, black on white",
        "flag, Font Awesome regular icon, black on white",
        "book, Material Design outline icon, black on white",
        "cat, Phosphor light icon, black on white",
        "globe, Phosphor bold icon, black on white",
        "tree, Phosphor fill icon, black on white",
        "umbrella, Phosphor fill icon, black on white",
        "ghost, Remix fill icon, black on white",
    ),
    "words in no icon's name": (
        "walrus, filled icon, black on white",
        "trombone, outline icon, black on white",
        "mermaid, filled icon, black on white",
        "scarecrow, bold icon, black on white",
        "giraffe, filled icon, black on white",
        "octopus, outline icon, black on white",
        "lobster, bold icon, black on white",
        "hedgehog, outline icon, black on white",
    ),
    "colours": (
        "bell, filled icon, red on white",
        "bell, filled icon, orange on white",
        "bell, filled icon, green on cream",
        "bell, filled icon, teal on white",
        "bell, filled icon, purple on light grey",
        "bell, filled icon, brown on cream",
        "bell, filled icon, yellow on black",
        "bell, filled icon, white on navy",
    ),
    "weights": (
        "clock, Phosphor thin icon, black on white",
        "clock, Phosphor light icon, black on white",
        "clock, Phosphor regular icon, black on white",
        "clock, Phosphor bold icon, black on white",
        "clock, Phosphor fill icon, black on white",
        "clock, Material Design outline icon, black on white",
        "clock, Remix line icon, black on white",
        "clock, Font Awesome solid icon, black on white",
    ),
}
SIDE, TEXT, HEAD, GAP = 128, 44, 24, 12


def asked(prompt: str, icons: Sequence[Icon]) -> str:
    """Return the id of the icon that a prompt asks for by name, family and weight; none is ""."""
    concept, style, _ = prompt.split(", ")
    return next((i.id for i in icons if i.title == concept and style == f"{style_of(i)} icon"), "")


def drawn() -> np.ndarray:
    """Return the first draw of every prompt at the defaults, seeds 0 to 39.

    The model is shown the nearest of the icons that it was trained on, but never the one that is asked for.
    """
    encoder, icons = MiniLM(), training_icons()
    system = LatentSystem.load(find_model("trouvere-icons").directory, encoder)
    prompts = [prompt for group in GROUPS.values() for prompt in group]
    shelf = Shelf(system, encoder, icons, Path("runs/cache"))
    with tempfile.TemporaryDirectory() as folder:
        sampler = Sampler(system, Path(folder), shelf)
        setting = Setting(guidance=system.guidance, shown=True)
        return sampler.draw(prompts, setting, "sheet", [asked(prompt, icons) for prompt in prompts])


def cells() -> Iterator[tuple[int, int, int, str]]:
    """Yield (seed, left, top, prompt) of every prompt, a row a group."""
    for row, prompts in enumerate(GROUPS.values()):
        for column, prompt in enumerate(prompts):
            top = row * (HEAD + SIDE + TEXT) + HEAD
            yield row * 8 + column, GAP + column * (SIDE + GAP), top, prompt


def draw_sheet(file: str) -> None:
    """Write the forty prompts with their words under them."""
    font, pictures = ImageFont.load_default(11), drawn()
    sheet = Image.new("RGB", (GAP + 8 * (SIDE + GAP), len(GROUPS) * (HEAD + SIDE + TEXT)), "#f4f4f2")
    pen = ImageDraw.Draw(sheet)
    for row, group in enumerate(GROUPS):
        pen.text((GAP, row * (HEAD + SIDE + TEXT) + 5), group, "#111111", ImageFont.load_default(13))
    for seed, left, top, prompt in cells():
        sheet.paste(Image.fromarray(pictures[seed]), (left, top))
        for line, words in enumerate(prompt.split(", ")):
            pen.text((left, top + SIDE + 1 + 13 * line), words, "#777777" if line else "#111111", font)
    sheet.quantize(128).save(file, optimize=True)


if __name__ == "__main__":
    draw_sheet(*sys.argv[1:])
