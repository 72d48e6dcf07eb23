"""Sentence vectors of a collection's wording: bare titles beside captions, split by title."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from models.encoders import MiniLM
from models.train.cache import cache_captions, folder_variants, icon_variants
from models.train.data import read_folder, training_icons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from models.train.config import Recipe
    from models.types import TextEncoder


@dataclass(frozen=True, slots=True)
class Wording:
    """Unit vectors: titles (N, D) and captions (M, D), and which of each are held out, (N,) and (M,) bool."""

    titles: Tensor
    captions: Tensor
    title_out: Tensor
    caption_out: Tensor


def title_held_out(title: str) -> bool:
    """Tell whether everything said of a title is kept out of training: one title in twenty."""
    return int(hashlib.sha256(title.encode()).hexdigest(), 16) % 20 == 0


def read_wording(recipe: Recipe) -> Wording:
    """Encode the wording of the icons, or of a folder in the import form; cached under the run's output."""
    data, cache = recipe.data, Path(recipe.output) / "cache"
    if data.source == "icons":
        icons = training_icons()
        variants = icon_variants(icons, data, recipe.seed)
        names = [icons[variant.source].title for variant in variants]
    else:
        variants = folder_variants(Path(data.source))
        names = [row.caption for row in read_folder(Path(data.source))]
    captions = [caption for variant in variants for caption in variant.captions]
    told = [name for name, variant in zip(names, variants, strict=True) for _ in variant.captions]
    titles = sorted(set(names))
    return Wording(
        _unit(cache_vectors(titles, MiniLM(), cache)),
        _unit(cache_captions(captions, MiniLM(bf16=True), data.length, cache).pooled),
        _out(titles),
        _out(told),
    )


def cache_vectors(texts: Sequence[str], encoder: TextEncoder, folder: Path) -> np.ndarray:
    """Encode texts to vectors (N, D) float32 once; the same texts are read from `folder` the next time."""
    key = hashlib.sha256("\n".join([encoder.name, *texts]).encode()).hexdigest()[:12]
    path = folder / f"vectors-{key}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(path.with_suffix(".part.npy"), encoder.encode(texts))
        path.with_suffix(".part.npy").replace(path)
    vectors: np.ndarray = np.load(path)
    return vectors


def _out(names: Sequence[str]) -> Tensor:
    return torch.tensor([title_held_out(name) for name in names])


def _unit(rows: np.ndarray) -> Tensor:
    return functional.normalize(torch.from_numpy(np.asarray(rows, dtype=np.float32)), dim=1)
