"""A small real transformer that obeys the worker's System protocol, and a variant that fails on command."""

from __future__ import annotations

import hashlib
import os
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch.nn import functional

from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

WIDTH, HEADS, DEPTH, TEXT_DIM = 32, 4, 2, 16
PATCH = 4
FAULTS = {"nan": 1001.0, "boom": 1002.0, "memory": 1003.0, "die": 1004.0, "brokenpicture": 1005.0}
ROOM = 6  # rows that the faulty system has memory for when a "memory" row is among them


def vector(word: str, dim: int) -> Tensor:
    """Return the word's own direction."""
    key = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return torch.from_numpy(np.random.default_rng(key).standard_normal(dim).astype(np.float32))


class TinySystem:
    """Two blocks of attention over 4 x 4 latents of 4 channels and the words; pictures of 16 x 16."""

    digest = "tiny" * 16
    length = 6
    precision = "float32"
    latent_shape = (4, 4, 4)
    sizes = ((16, 16), (24, 16), (32, 8))
    sigma_span = (0.02, 40.0)
    space: Literal["pixels", "latents"] = "latents"
    controls: Mapping[str, Sequence[str]] = MappingProxyType({"weight": ("bold", "thin"), "ink": ("red",)})
    guidances = ("classifier_free", "classifier", "auto", "distilled")
    neighbours = 2

    def __init__(self, pause_s: float = 0.0) -> None:
        self.pause_s = pause_s
        self.calls: list[int] = []
        self.weak_calls: list[int] = []
        self.steered: list[int] = []
        self.jumps: list[list[float]] = []
        draw = torch.Generator().manual_seed(7)
        sizes = {"embed": (WIDTH, 4), "words": (WIDTH, TEXT_DIM), "level": (WIDTH, 8), "out": (4, WIDTH)}
        for block in range(DEPTH):
            sizes |= {f"qkv{block}": (3 * WIDTH, WIDTH), f"mix{block}": (WIDTH, WIDTH)}
            sizes |= {f"up{block}": (2 * WIDTH, WIDTH), f"down{block}": (WIDTH, 2 * WIDTH)}
        sizes["patch"] = (PATCH * PATCH * 3, 4)
        self.weights = {
            name: torch.randn(shape, generator=draw) / shape[1] ** 0.5 for name, shape in sizes.items()
        }

    def condition(
        self, prompts: Sequence[str], length: int, shown: Sequence[Sequence[Tensor]] = ()
    ) -> Conditioning:
        """One token a word, and one a picture that is shown."""
        count = length + self.neighbours
        tokens = torch.zeros(len(prompts), count, TEXT_DIM)
        mask = torch.zeros(len(prompts), count, dtype=torch.bool)
        for row, latents in enumerate(shown):
            for place, latent in enumerate(latents):
                tokens[row, length + place] = latent.flatten()[:TEXT_DIM]
                mask[row, length + place] = True
        for row, prompt in enumerate(prompts):
            for place, word in enumerate(prompt.split()[:length]):
                tokens[row, place] = vector(word, TEXT_DIM)
                mask[row, place] = True
        return Conditioning(tokens, mask, functional.normalize(tokens.sum(1) + 1e-9, dim=1))

    def shape_of(self, width: int, height: int) -> tuple[int, int, int]:
        """Four pixels a position."""
        return 4, height // PATCH, width // PATCH

    def num_tokens(self, shape: tuple[int, int, int]) -> int:
        """Positions, words and what is shown."""
        return shape[1] * shape[2] + self.length + self.neighbours

    def denoise_each(
        self, latents: Sequence[Tensor], sigma: Tensor, cond: Conditioning, *, weak: bool = False
    ) -> list[Tensor]:
        """Denoise what has one shape together."""
        assert len(latents) == len(sigma) == len(cond.tokens)
        (self.weak_calls if weak else self.calls).append(len(latents))
        if self.pause_s:
            time.sleep(self.pause_s)
        found: dict[int, Tensor] = {}
        for shape in {latent.shape for latent in latents}:
            rows = [row for row, latent in enumerate(latents) if latent.shape == shape]
            told = Conditioning(cond.tokens[rows], cond.mask[rows], cond.pooled[rows])
            clean = self.denoise(torch.stack([latents[row] for row in rows]), sigma[rows], told)
            found.update(zip(rows, 0.5 * clean if weak else clean, strict=True))
        return [found[row] for row in range(len(latents))]

    def jump_each(
        self, latents: Sequence[Tensor], sigma: Tensor, cond: Conditioning, target: Tensor
    ) -> list[Tensor]:
        """Denoise, and lean a little towards nothing, the more the farther the jump."""
        self.jumps.append(target.tolist())
        counted = len(self.calls)
        clean = self.denoise_each(latents, sigma, cond)
        del self.calls[counted:]
        return [one / (2 - aim / level) for one, level, aim in zip(clean, sigma, target, strict=True)]

    def steer(
        self, latents: Sequence[Tensor], sigma: Tensor, wishes: Sequence[Mapping[str, str]]
    ) -> list[Tensor]:
        """Pull towards the wished word's own direction, less the more noise there is."""
        self.steered.append(len(latents))
        pulls = [vector(" ".join(sorted(wish.values())), 4) for wish in wishes]
        return [
            (pull[:, None, None] - latent) / (1 + level**2)
            for latent, level, pull in zip(latents, sigma.tolist(), pulls, strict=True)
        ]

    def differentiable(self, x: Tensor, sigma: Tensor, cond: Conditioning) -> Tensor:
        """Nothing here stands in a gradient's way."""
        return self.denoise(x, sigma, cond)

    def denoise(self, x: Tensor, sigma: Tensor, cond: Conditioning) -> Tensor:
        """Return D(x; sigma, cond), (B, 4, h, w)."""
        scale = 1 / (1 + sigma**2)
        seen = x.flatten(2).transpose(1, 2)  # (B, 16, 4)
        told = self._linear(cond.tokens, "words")
        hidden = torch.cat([self._linear(seen * scale.sqrt()[:, None, None], "embed"), told], dim=1)
        hidden = hidden + self._linear(_levels(sigma, hidden.shape[1]), "level")
        mask = functional.pad(cond.mask, (seen.shape[1], 0), value=True)[:, None, None, :]
        for block in range(DEPTH):
            hidden = self._block(hidden, mask, block)
        change = self._linear(hidden[:, : seen.shape[1]], "out")
        clean = scale[:, None, None] * seen + (1 - scale).sqrt()[:, None, None] * change.tanh()
        return clean.transpose(1, 2).reshape(x.shape)

    def encode(self, pictures: np.ndarray) -> Tensor:
        """Return (B, 4, h, w): the mean colours of each patch of 4 x 4 pixels, and their sum."""
        if (pictures.shape[2], pictures.shape[1]) not in self.sizes:
            raise ValueError(f"pictures are (B, 16, 16, 3), not {pictures.shape}")
        unit = torch.from_numpy(pictures.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        colours = functional.avg_pool2d(unit, PATCH)
        return torch.cat([colours, colours.sum(1, keepdim=True)], dim=1)

    def decode(self, latents: Tensor) -> np.ndarray:
        """Return (B, 4·h, 4·w, 3) uint8, a patch of 4 x 4 pixels a position."""
        height, width = latents.shape[2:]
        seen = latents.flatten(2).transpose(1, 2)
        patches = self._linear(seen, "patch").reshape(-1, height, width, PATCH, PATCH, 3)
        return _bytes(patches.permute(0, 1, 3, 2, 4, 5).reshape(-1, PATCH * height, PATCH * width, 3))

    def preview(self, latents: Tensor) -> np.ndarray:
        """Return (B, h, w, 3) uint8: three of the channels."""
        return _bytes(latents[:, :3].permute(0, 2, 3, 1))

    def _block(self, hidden: Tensor, mask: Tensor, block: int) -> Tensor:
        normal = functional.layer_norm(hidden, (WIDTH,))
        heads = self._linear(normal, f"qkv{block}").reshape(*hidden.shape[:2], 3, HEADS, -1)
        parts = heads.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=mask)
        hidden = hidden + self._linear(mixed.transpose(1, 2).flatten(2), f"mix{block}")
        inner = functional.silu(self._linear(functional.layer_norm(hidden, (WIDTH,)), f"up{block}"))
        return hidden + self._linear(inner, f"down{block}")

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x, self.weights[name])


class FaultySystem(TinySystem):
    """Does what a prompt's word says: nan, boom, memory, die (once a file is gone), brokenpicture."""

    def condition(
        self, prompts: Sequence[str], length: int, shown: Sequence[Sequence[Tensor]] = ()
    ) -> Conditioning:
        """Mark the rows of prompts that hold a fault's name."""
        cond = super().condition(prompts, length, shown)
        for row, prompt in enumerate(prompts):
            for word, mark in FAULTS.items():
                if word in prompt.split():
                    cond.pooled[row, 0] = mark
        return cond

    def denoise(self, x: Tensor, sigma: Tensor, cond: Conditioning) -> Tensor:
        """Fail as the marked rows ask."""
        marks = cond.pooled[:, 0]
        if (marks == FAULTS["boom"]).any():
            raise RuntimeError("boom")
        if (marks == FAULTS["memory"]).any() and len(x) > ROOM:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
        if (marks == FAULTS["die"]).any():
            os._exit(9)
        result = super().denoise(x, sigma, cond)
        result[marks == FAULTS["nan"]] = float("nan")
        result[marks == FAULTS["brokenpicture"]] = 1e4
        return result

    def decode(self, latents: Tensor) -> np.ndarray:
        """Refuse what the broken picture became."""
        if (latents.abs() > 1e3).any():
            raise RuntimeError("cannot decode this")
        return super().decode(latents)


def load(source: str, device: str = "auto") -> TinySystem:
    """Load `plain`, `faulty` or `slow:SECONDS` for a worker process; anything else is missing."""
    assert device == "auto"
    kind, _, value = source.partition(":")
    if kind == "slow":
        return TinySystem(float(value))
    if kind == "faulty":
        return FaultySystem()
    if kind != "plain":
        raise FileNotFoundError(f"no model in {source}")
    return TinySystem()


def _levels(sigma: Tensor, length: int) -> Tensor:
    angles = sigma.log()[:, None] * torch.tensor([0.5, 1.0, 2.0, 4.0])
    features = torch.cat([angles.sin(), angles.cos()], dim=1)  # (B, 8)
    return features[:, None].expand(-1, length, -1).contiguous()  # enough rows for the matrix product


def _bytes(values: Tensor) -> np.ndarray:
    return (values.clamp(-1, 1) * 127.5 + 127.5).round().byte().numpy()
