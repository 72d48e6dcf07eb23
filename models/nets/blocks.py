"""Transformer blocks: attention with normalised queries and keys, ReGLU, modulated by the noise level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.nets.embeddings import rotate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Cosines and sines by which queries and keys are turned, broadcast over heads.
Turn: TypeAlias = tuple[Tensor, Tensor]


class Attend(Protocol):
    """softmax(query key^T / sqrt(width)) value over (B, heads, S, width) tensors."""

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, *, attn_mask: Tensor | None) -> Tensor: ...


def attend_eagerly(query: Tensor, key: Tensor, value: Tensor, *, attn_mask: Tensor | None) -> Tensor:
    """Attend without the fused kernel, for training on CPU in bfloat16.

    At 85 tokens, forward and backward together take a fifth of the fused kernel's time.
    """
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)  # (B, heads, S, S)
    if attn_mask is not None:
        scores = scores + torch.zeros_like(attn_mask, dtype=scores.dtype).masked_fill(~attn_mask, -1e4)
    mixed: Tensor = scores.softmax(-1).to(value.dtype) @ value
    return mixed


class Attention(nn.Module):
    """Self-attention over all tokens, through the fused kernel unless told otherwise.

    The kernel never holds the S x S matrix of scores. Softmax seems to need a whole row before its
    first output, for its largest score m and its sum l of exp(score - m). But both can be carried
    from block to block of keys (Milakov & Gimelshein 2018, algorithm 3): with m' = max(m, m_block),

        l' = e^(m - m')·l + e^(m_block - m')·l_block
        o' = e^(m - m')·o + e^(m_block - m')·o_block        where o = sum of exp(score - m)·value

    and o / l after the last block is the softmax's output, exactly: what was scaled by e^-m before is
    scaled by e^-m' after, and no term is dropped or approximated. So one pass over the keys is enough,
    in blocks that fit a cache (Dao et al. 2022, algorithm 1 and theorem 1): memory grows with S instead
    of S^2, and the time saved is that of writing and reading the scores. That shows from some hundred tokens
    on; at the few dozen of an icon both cost the same. `python -m tests.bench attention` measures it.
    """

    attend: Attend = staticmethod(functional.scaled_dot_product_attention)

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.inputs = nn.Linear(width, 3 * width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.query_gain = nn.Parameter(torch.ones(width // heads))
        self.key_gain = nn.Parameter(torch.ones(width // heads))

    def forward(self, x: Tensor, turn: Turn, mask: Tensor | None) -> Tensor:
        """Mix tokens (B, S, width); `mask` (B, 1, 1, S) is True where a token may be looked at."""
        parts = self.inputs(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = self._turned(parts.unbind(0), turn)  # (B, heads, S, width / heads) each
        mixed = self.attend(query, key, value, attn_mask=mask)
        result: Tensor = self.output(mixed.transpose(1, 2).flatten(2))
        return result

    def packed(self, x: Tensor, turn: Turn, attend: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Tensor:
        """Mix the tokens (N, width) of sequences that lie one after another.

        `attend` maps queries, keys and values (N, heads, width / heads) to what each token takes from
        its own sequence; `turn` is (N, 1, width / heads).
        """
        parts = self.inputs(x).unflatten(-1, (3, self.heads, -1))
        result: Tensor = self.output(attend(*self._turned(parts.unbind(1), turn)).flatten(1))
        return result

    def _turned(self, parts: Sequence[Tensor], turn: Turn) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value = parts
        query = rotate(normalize(query) * self.query_gain.to(query.dtype), *turn)
        key = rotate(normalize(key) * self.key_gain.to(key.dtype), *turn)
        return query, key, value


class ReGLU(nn.Module):
    """A gated two-layer map (Shazeer 2020).

    The gate is max(0, x) and not a SiLU, because CPU kernels compute the exponential of the last few
    elements of each thread's share otherwise than the rest: bits would depend on the batch.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.inputs = nn.Linear(width, 2 * hidden, bias=False)
        self.output = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, S, width) to the same shape."""
        gate, value = self.inputs(x).chunk(2, dim=-1)
        result: Tensor = self.output(functional.relu(gate) * value)
        return result


class Block(nn.Module):
    """Attention and ReGLU, each shifted, scaled and gated by a shared modulation plus this block's own.

    The modulation is zero to begin with, so every block starts as the identity (Peebles & Xie 2023).
    `skip` adds a linear map of [x, an earlier block's output] in front (U-ViT, Bao et al. 2023).
    """

    def __init__(self, width: int, heads: int, hidden: int, *, skip: bool) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.mlp = ReGLU(width, hidden)
        self.own = nn.Parameter(torch.zeros(6, width))
        self.join = nn.Linear(2 * width, width, bias=False) if skip else None

    def forward(
        self,
        x: Tensor,
        earlier: Tensor | None,
        shared: Tensor,
        turn: tuple[Tensor, Tensor],
        mask: Tensor | None,
    ) -> Tensor:
        """Map tokens (B, S, width) to the same shape; `shared` is (B, 6, width)."""
        modulation = (shared + self.own)[:, :, None].to(x.dtype)  # (B, 6, 1, width)
        return self.advance(x, earlier, modulation, lambda y: self.attention(y, turn, mask))

    def advance(
        self, x: Tensor, earlier: Tensor | None, modulation: Tensor, mix: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """Map tokens (..., width) to the same shape; `modulation` has its six parts in dimension 1."""
        if self.join is not None and earlier is not None:
            x = self.join(torch.cat([x, earlier], dim=-1))
        scale, shift, gate, scale2, shift2, gate2 = modulation.unbind(1)
        x = x + gate * mix(normalize(x) * (1 + scale) + shift)
        update: Tensor = self.mlp(normalize(x) * (1 + scale2) + shift2)
        return x + gate2 * update


def normalize(x: Tensor) -> Tensor:
    """Bring the last dimension to zero mean and unit variance (Ba et al. 2016), in x's own precision.

    Not RMS normalisation: only this one is a single kernel on CPU, forward and backward.
    """
    with torch.autocast("cpu", enabled=False):
        return functional.layer_norm(x, x.shape[-1:], eps=1e-6)
