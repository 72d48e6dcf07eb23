"""Runs a diffusion transformer over sequences laid end to end: real words only, pictures of any size."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from models.nets.blocks import normalize
from models.nets.embeddings import MIN_ROWS, rotary_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from models.nets.dit import DiffusionTransformer


@dataclass(frozen=True, slots=True)
class Packing:
    """Where the sequences of a packed batch lie.

    lengths: tokens of each. rows: (N,) the sequence of each token. groups: for each length that occurs,
    the places (b, length) of the tokens of its b sequences.
    """

    lengths: tuple[int, ...]
    rows: Tensor
    groups: tuple[Tensor, ...]


def packing_of(lengths: Sequence[int], device: torch.device) -> Packing:
    """Lay sequences of these lengths one after another."""
    starts, total = [], 0
    for length in lengths:
        starts.append(total)
        total += length
    groups = []
    for length in sorted(set(lengths)):
        first = [start for start, other in zip(starts, lengths, strict=True) if other == length]
        groups.append(torch.tensor(first)[:, None] + torch.arange(length))
    rows = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    return Packing(tuple(lengths), rows.to(device), tuple(group.to(device) for group in groups))


def attend_by_length(query: Tensor, key: Tensor, value: Tensor, packing: Packing) -> Tensor:
    """Attend within each sequence of (N, heads, d), one call of the fused kernel a length that occurs.

    A sequence meets only others of its own length, and none is padded: its bits are those it has alone.
    """
    mixed = torch.empty_like(query)
    for places in packing.groups:
        q, k, v = (part[places].transpose(1, 2) for part in (query, key, value))  # (b, heads, length, d)
        mixed[places] = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2)
    return mixed


def attend_varlen(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    packing: Packing,
    kernel: Callable[..., Tensor] | None = None,
) -> Tensor:
    """Attend within each sequence of (N, heads, d) in one call of CUDA's kernel for unequal lengths.

    `kernel` replaces torch's own: queries, keys, values, where the sequences begin and end (B + 1,) of
    queries and of keys, and the longest of each.
    """
    attend = kernel or import_module("torch.nn.attention.varlen").varlen_attn
    ends = torch.tensor([0, *packing.lengths], device=query.device).cumsum(0).int()
    longest = max(packing.lengths)
    mixed: Tensor = attend(query, key, value, ends, ends, longest, longest)
    return mixed


def attention_for(device: torch.device, dtype: torch.dtype) -> Callable[..., Tensor]:
    """Return the packed attention of a device: the varlen kernel knows half precision on CUDA alone."""
    is_half = dtype in {torch.float16, torch.bfloat16}
    return attend_varlen if device.type == "cuda" and is_half else attend_by_length


def velocities(
    net: DiffusionTransformer,
    pictures: Sequence[Tensor],
    sigma: Tensor,
    tokens: Tensor,
    mask: Tensor,
    pooled: Tensor,
    target: Tensor | None = None,
) -> list[Tensor]:
    """Return what `net` predicts for pictures (C, h_i, w_i) at noise levels sigma (B,): B like tensors.

    tokens (B, T, D), mask (B, T) and pooled (B, D) are those of a Conditioning; target (B,) is where a
    few-step student is to arrive. Equal to the padded network up to rounding; a row's bits depend on
    nothing but itself, because every product has MIN_ROWS rows or more and attention is padded with
    nothing. Raises ValueError for a side that the patch does not divide.
    """
    if sum(picture[0].numel() for picture in pictures) < MIN_ROWS * net.shape.patch**2:
        padded = [*pictures, pictures[0].new_zeros(net.shape.channels, *_smallest(net))]
        last = (torch.cat([part, part[:1]]) for part in (sigma, tokens, mask, pooled))
        level, words, real, sentence = last
        aim = None if target is None else torch.cat([target, target[:1]])
        return velocities(net, padded, level, words, real, sentence, aim)[: len(pictures)]
    level = net.told(sigma, pooled, target)  # (B, width)
    signal = functional.silu(level)
    count = tokens.shape[1] - net.shape.shown
    told = _words(net, tokens[:, :count], mask[:, :count])
    pixels = _overlaid(net, _pixels(net, pictures), pictures, tokens[:, count:], mask[:, count:])
    parts = [part for row in zip(level[:, None].unbind(), told, pixels, strict=True) for part in row]
    x = torch.cat([part.to(pixels[0].dtype) for part in parts])  # (N, width)
    packing = packing_of(
        [1 + len(words) + len(seen) for words, seen in zip(told, pixels, strict=True)], x.device
    )
    x = _mixed(net, x, net.modulation(signal), packing, _turn(net, told, pictures, x))
    seen = x[_picture_places(packing, pixels)]  # (sum of picture tokens, width)
    rows = torch.repeat_interleave(
        torch.arange(len(pixels), device=x.device),
        torch.tensor([len(one) for one in pixels], device=x.device),
    )
    scale, shift = net.last_modulation(signal)[rows].to(x.dtype).chunk(2, dim=-1)
    velocity = net.output(normalize(seen) * (1 + scale) + shift)
    each = _split(velocity, [len(one) for one in pixels])
    return [_unfolded(net, one, picture) for one, picture in zip(each, pictures, strict=True)]


def _smallest(net: DiffusionTransformer) -> tuple[int, int]:
    return net.shape.patch, net.shape.patch * MIN_ROWS


def _words(net: DiffusionTransformer, tokens: Tensor, mask: Tensor) -> list[Tensor]:
    """Return the real words of each row, (t_i, width)."""
    real = tokens[mask]  # (sum of t_i, D)
    told = net.words(real) if len(real) else tokens.new_zeros(0, net.shape.width)
    return _split(told, mask.sum(1).tolist())


def _pixels(net: DiffusionTransformer, pictures: Sequence[Tensor]) -> list[Tensor]:
    """Return the picture tokens of each row with their places, (n_i, width)."""
    patch = net.shape.patch
    if any(side % patch for picture in pictures for side in picture.shape[1:]):
        raise ValueError(f"latents have sides that {patch} divides")
    folded = [functional.pixel_unshuffle(picture, patch).flatten(1).T for picture in pictures]
    embedded = _split(net.picture(torch.cat(folded)), [len(one) for one in folded])
    return [
        one + _places(net, picture).to(one.dtype) for one, picture in zip(embedded, pictures, strict=True)
    ]


def _overlaid(
    net: DiffusionTransformer,
    pixels: list[Tensor],
    pictures: Sequence[Tensor],
    tokens: Tensor,
    mask: Tensor,
) -> list[Tensor]:
    """Return the picture tokens of each row with its neighbours laid over them."""
    if net.gallery is None:
        return pixels
    laid = net.gallery(tokens, mask)  # (B, tokens^2, width)
    return [
        one + _stretched(net, over, picture).to(one.dtype)
        for one, over, picture in zip(pixels, laid, pictures, strict=True)
    ]


def _places(net: DiffusionTransformer, picture: Tensor) -> Tensor:
    """Return what tells the tokens' places, (n, width): learned for the native grid, stretched for others."""
    return _stretched(net, net.places, picture)


def _stretched(net: DiffusionTransformer, native: Tensor, picture: Tensor) -> Tensor:
    """Return what belongs to the native grid's tokens, (tokens^2, width), on a picture's own, (n, width)."""
    side, grid = net.shape.tokens, _grid(net, picture)
    if grid == (side, side):
        return native
    square = native.T.reshape(1, -1, side, side).float()
    return functional.interpolate(square, size=grid, mode="bilinear").flatten(2)[0].T


def _turn(
    net: DiffusionTransformer, told: Sequence[Tensor], pictures: Sequence[Tensor], like: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the rotary table of the whole batch, (N, 1, width / heads): words are not turned."""
    width, side = net.cosine.shape[1], net.shape.tokens
    cosines, sines = [], []
    for words, picture in zip(told, pictures, strict=True):
        grid = _grid(net, picture)
        turns = (net.cosine, net.sine) if grid == (side, side) else rotary_table(side, width, *grid)
        cosines += [like.new_ones(1 + len(words), width), turns[0].to(like)]
        sines += [like.new_zeros(1 + len(words), width), turns[1].to(like)]
    return torch.cat(cosines)[:, None], torch.cat(sines)[:, None]


def _mixed(
    net: DiffusionTransformer, x: Tensor, shared: Tensor, packing: Packing, turn: tuple[Tensor, Tensor]
) -> Tensor:
    """Run the blocks over packed tokens (N, width); `shared` is (B, 6·width)."""
    attend = attention_for(x.device, x.dtype)
    spread = shared.reshape(len(shared), 6, -1)  # (B, 6, width)

    def mix(block: Any, x: Tensor, earlier: Tensor | None) -> Tensor:
        modulation = (spread + block.own)[packing.rows].to(x.dtype)  # (N, 6, width)
        mixed: Tensor = block.advance(
            x,
            earlier,
            modulation,
            lambda y: block.attention.packed(
                y, turn, lambda *qkv: attend(*(part.to(x.dtype) for part in qkv), packing)
            ),
        )
        return mixed

    return net.through(x, mix)


def _picture_places(packing: Packing, pixels: Sequence[Tensor]) -> Tensor:
    ends = torch.tensor(packing.lengths).cumsum(0).tolist()
    return torch.cat([torch.arange(end - len(one), end) for end, one in zip(ends, pixels, strict=True)]).to(
        packing.rows.device
    )


def _split(x: Tensor, counts: list[int]) -> list[Tensor]:
    return list(torch.split(x, counts))


def _unfolded(net: DiffusionTransformer, velocity: Tensor, picture: Tensor) -> Tensor:
    folded = velocity.T.reshape(-1, *_grid(net, picture))  # (C patch^2, rows, columns)
    return functional.pixel_shuffle(folded, net.shape.patch)


def _grid(net: DiffusionTransformer, picture: Tensor) -> tuple[int, int]:
    return picture.shape[1] // net.shape.patch, picture.shape[2] // net.shape.patch
