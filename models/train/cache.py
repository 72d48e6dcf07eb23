"""Caches of what the denoiser trains on: token states of captions, and latents of coloured icons."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from models.icons.captions import PLAIN, Coloring, draw_caption, draw_coloring
from models.train.data import color_masks, load_picture, read_folder, stack_colors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from models.icons import Icon
    from models.latent.autoencoder import ConvAutoencoder
    from models.train.config import Data
    from models.types import TokenEncoder


@dataclass(frozen=True, slots=True)
class Variant:
    """One picture to train on: which stored picture, in which colours, and the captions it goes by."""

    source: int
    coloring: Coloring | None
    captions: tuple[str, ...]


def icon_variants(icons: Sequence[Icon], data: Data, seed: int) -> list[Variant]:
    """Colour every icon `data.colorings` times, the first black on white with `data.captions` captions."""
    variants = []
    for i, icon in enumerate(icons):
        random = np.random.default_rng([seed, i])
        told = tuple(draw_caption(icon, PLAIN, random) for _ in range(data.captions))
        variants.append(Variant(i, PLAIN, told))
        for _ in range(data.colorings - 1):
            coloring = draw_coloring(random, plain=0.0)
            variants.append(Variant(i, coloring, (draw_caption(icon, coloring, random),)))
    return variants


def folder_variants(folder: Path) -> list[Variant]:
    """One variant for every picture of a folder in the import form."""
    return [Variant(i, None, (row.caption,)) for i, row in enumerate(read_folder(folder))]


@dataclass(frozen=True, slots=True)
class CaptionCache:
    """Token states of captions, one after another without padding, mapped from disk.

    states: (sum of counts, D) float16. starts: (N + 1,). pooled: (N, D) float16.
    """

    states: np.ndarray
    starts: np.ndarray
    pooled: np.ndarray

    def gather(self, rows: np.ndarray, length: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return tokens (B, length, D), mask (B, length) and pooled (B, D) of captions."""
        tokens = np.zeros((len(rows), length, self.states.shape[1]), dtype=np.float16)
        mask = np.zeros((len(rows), length), dtype=bool)
        for i, row in enumerate(rows):
            start, stop = int(self.starts[row]), int(self.starts[row + 1])
            count = min(stop - start, length)
            tokens[i, :count] = self.states[start : start + count]
            mask[i, :count] = True
        pooled = torch.from_numpy(self.pooled[rows]).float()
        return torch.from_numpy(tokens).float(), torch.from_numpy(mask), pooled


def cache_captions(captions: Sequence[str], encoder: TokenEncoder, length: int, folder: Path) -> CaptionCache:
    """Encode captions once; the same captions are mapped from `folder` the next time."""
    key = hashlib.sha256(f"{encoder.name}\n{length}\n".encode() + "\n".join(captions).encode()).hexdigest()[
        :12
    ]
    place = folder / f"captions-{key}"
    if not (place / "pooled.npy").exists():
        place.mkdir(parents=True, exist_ok=True)
        _encode_captions(captions, encoder, length, place)
    return CaptionCache(
        np.load(place / "states.npy", mmap_mode="r"),
        np.load(place / "starts.npy"),
        np.load(place / "pooled.npy"),
    )


def _encode_captions(captions: Sequence[str], encoder: TokenEncoder, length: int, place: Path) -> None:
    states, counts, pooled = [], [], []
    for start in tqdm(range(0, len(captions), 2048), desc="captions"):
        told = encoder.condition(captions[start : start + 2048], length)
        states.append(told.tokens[told.mask].numpy().astype(np.float16))
        counts.append(told.mask.sum(1).numpy())
        pooled.append(told.pooled.numpy().astype(np.float16))
    np.save(place / "states.npy", np.concatenate(states))
    np.save(place / "starts.npy", np.concatenate([[0], np.cumsum(np.concatenate(counts))]))
    np.save(place / "part.npy", np.concatenate(pooled))
    (place / "part.npy").replace(place / "pooled.npy")


def picture_loader(
    variants: Sequence[Variant], masks: np.ndarray | None, folder: Path | None, size: int
) -> Callable[[slice], Tensor]:
    """Return a function from a range of variants to their pictures (B, 3, H, W) in [-1, 1]."""
    rows = read_folder(folder) if folder else []

    def load(part: slice) -> Tensor:
        chosen = variants[part]
        if masks is None:
            stored = torch.stack([load_picture(rows[v.source].path, size) for v in chosen])
            return stored.float() / 127.5 - 1.0
        inks, papers = stack_colors([v.coloring or PLAIN for v in chosen])
        return color_masks(torch.from_numpy(masks[[v.source for v in chosen]]), inks, papers)

    return load


def cache_latents(
    count: int, load: Callable[[slice], Tensor], net: ConvAutoencoder, key: str, folder: Path
) -> Tensor:
    """Encode `count` pictures once to standardised latents (count, C, h, w) float16."""
    path = folder / f"latents-{hashlib.sha256(key.encode()).hexdigest()[:12]}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        parts = []
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            for start in tqdm(range(0, count, 64), desc="latents"):
                pictures = load(slice(start, start + 64)).to(memory_format=torch.channels_last)
                parts.append(net.encode(pictures).half().contiguous())
        np.save(path.with_suffix(".part.npy"), torch.cat(parts).numpy())
        path.with_suffix(".part.npy").replace(path)
    return torch.from_numpy(np.load(path, mmap_mode="c"))  # copy on write: torch wants it writable
