"""Training pictures: the icons as masks coloured on the fly, or a folder in the import form."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from models.icons import Icon, load_icons, render_mask

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from models.icons.captions import Coloring

DRAWING_VERSION = 2  # of render_mask, so that masks drawn by another are not taken from the cache


def held_out(icon: Icon) -> bool:
    """Tell whether an icon is one of the twentieth that nothing is ever trained on."""
    name = f"{icon.family}/{icon.concept}/{icon.weight}".encode()
    return int(hashlib.sha256(name).hexdigest(), 16) % 20 == 0


def training_icons() -> list[Icon]:
    """Return the icons to train on: neither held out nor a company's logo."""
    return [icon for icon in load_icons() if not icon.brand and not held_out(icon)]


def load_masks(icons: list[Icon], size: int, cache: Path) -> np.ndarray:
    """Return (N, size, size) uint8 masks, rendered once and then mapped from a file in `cache`."""
    names = "\n".join([f"drawing {DRAWING_VERSION}", *(icon.id for icon in icons)])
    key = hashlib.sha256(names.encode()).hexdigest()[:12]
    path = cache / f"masks-{size}-{key}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        masks = np.stack([np.asarray(render_mask(icon, size)) for icon in icons])
        np.save(path, masks)
    loaded: np.ndarray = np.load(path, mmap_mode="r")
    return loaded


def color_masks(masks: Tensor, inks: Tensor, papers: Tensor) -> Tensor:
    """Return pictures (B, 3, H, W) in [-1, 1] of uint8 masks (B, H, W) and colours (B, 3) in [-1, 1]."""
    share = masks[:, None].float() / 255.0  # (B, 1, H, W)
    return torch.lerp(papers[:, :, None, None], inks[:, :, None, None], share)


def to_unit(color: tuple[int, int, int]) -> tuple[float, float, float]:
    """Map a colour from 0..255 to [-1, 1]."""
    return (color[0] / 127.5 - 1.0, color[1] / 127.5 - 1.0, color[2] / 127.5 - 1.0)


def stack_colors(colorings: list[Coloring]) -> tuple[Tensor, Tensor]:
    """Return inks and papers of colourings, both (N, 3) in [-1, 1]."""
    inks = torch.tensor([to_unit(c.ink) for c in colorings])
    return inks, torch.tensor([to_unit(c.paper) for c in colorings])


@dataclass(frozen=True, slots=True)
class Captioned:
    """One picture of a folder with what it is called."""

    path: Path
    caption: str


def read_folder(folder: Path) -> list[Captioned]:
    """Read metadata.jsonl beside the pictures: `file_name`, and `text`, or `title` and `tags`.

    Raises ValueError with the line's number when a line is not such a row.
    """
    rows = []
    lines = (folder / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = json.loads(line)
        if not isinstance(row, dict) or not isinstance(row.get("file_name"), str):
            raise ValueError(f"metadata.jsonl line {number}: no file_name")  # noqa: TRY004 - the file is wrong, not the call
        path = (folder / row["file_name"]).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise ValueError(f"metadata.jsonl line {number}: file_name leaves the folder")
        rows.append(Captioned(path, _caption(row)))
    return rows


def load_picture(path: Path, size: int) -> Tensor:
    """Return (3, size, size) uint8 of a picture, letterboxed on white."""
    with Image.open(path) as opened:
        rgba = opened.convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    flat.thumbnail((size, size))
    square = Image.new("RGB", (size, size), "white")
    square.paste(flat, ((size - flat.width) // 2, (size - flat.height) // 2))
    return torch.from_numpy(np.asarray(square).copy()).permute(2, 0, 1)


def _caption(row: dict[str, Any]) -> str:
    if row.get("text"):
        return str(row["text"])
    tags = row.get("tags") or []
    return ", ".join([str(row.get("title", "")), *map(str, tags)]).strip(", ")
