"""Draws the README's contact sheet through the service: `python -m tests.flows.sheet ADDRESS FILE`."""

from __future__ import annotations

import base64
import io
import json
import sys
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def drawn(address: str, prompt: str, seed: int) -> Image.Image:
    """Return the first draw of a prompt at the defaults."""
    body = json.dumps({"prompt": prompt, "seed": seed, "save": False}).encode()
    head = {"Content-Type": "application/json"}
    with urlopen(Request(f"{address}/v1/images/generations", body, head), timeout=120) as answer:  # noqa: S310  # ours
        picture = json.load(answer)["data"][0]["b64_json"]
    return Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")


def cells() -> Iterator[tuple[int, int, int, str]]:
    """Yield (seed, left, top, prompt) of every prompt, a row a group."""
    for row, prompts in enumerate(GROUPS.values()):
        for column, prompt in enumerate(prompts):
            top = row * (HEAD + SIDE + TEXT) + HEAD
            yield row * 8 + column, GAP + column * (SIDE + GAP), top, prompt


def draw_sheet(address: str, file: str) -> None:
    """Write the forty prompts, seeds 0 to 39, with their words under them."""
    font = ImageFont.load_default(11)
    sheet = Image.new("RGB", (GAP + 8 * (SIDE + GAP), len(GROUPS) * (HEAD + SIDE + TEXT)), "#f4f4f2")
    pen = ImageDraw.Draw(sheet)
    for row, group in enumerate(GROUPS):
        pen.text((GAP, row * (HEAD + SIDE + TEXT) + 5), group, "#111111", ImageFont.load_default(13))
    for seed, left, top, prompt in cells():
        sheet.paste(drawn(address, prompt, seed).resize((SIDE, SIDE)), (left, top))
        for line, words in enumerate(prompt.split(", ")):
            pen.text((left, top + SIDE + 1 + 13 * line), words, "#777777" if line else "#111111", font)
    sheet.quantize(128).save(file, optimize=True)


if __name__ == "__main__":
    draw_sheet(*sys.argv[1:])
