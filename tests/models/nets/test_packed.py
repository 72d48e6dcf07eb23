"""Packed sequences: what the padded network says, for less, whoever shares the call."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from models.nets import LatentDenoiser, TransformerShape
from models.nets.packed import attend_by_length, attend_varlen, attention_for, packing_of
from models.types import Conditioning
from tests.models.nets.test_denoiser import SHAPE, _net, _rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

FUSED = "aten::_scaled_dot_product_flash_attention_for_cpu"
SIZES = ((8, 8), (4, 4), (8, 16), (6, 10), (8, 8), (2, 2), (16, 16), (8, 8), (4, 12))


def mixed_rows() -> tuple[list[Tensor], Tensor, Conditioning]:
    """Nine rows of other sizes, levels and prompts."""
    _, sigma, cond = _rows(9)
    draw = torch.Generator().manual_seed(4)
    return [torch.randn(SHAPE.channels, *size, generator=draw) for size in SIZES], sigma, cond


def chosen(cond: Conditioning, rows: Sequence[int]) -> Conditioning:
    """Pick rows."""
    places = list(rows)
    return Conditioning(cond.tokens[places], cond.mask[places], cond.pooled[places])


def operators(call: Callable[[], object]) -> set[str]:
    """Return the names of torch's operators that a call ran."""
    with profile(activities=[ProfilerActivity.CPU]) as record:
        call()
    return {event.key for event in record.key_averages()}


def test_packed_rows_say_what_padded_rows_say() -> None:
    """Dropping the padding changes nothing beyond rounding, for prompts of 0 to 20 words."""
    denoise, (x, sigma, cond) = LatentDenoiser(_net()), _rows(9)
    packed = torch.stack(denoise.each(list(x), sigma, cond))
    torch.testing.assert_close(packed, denoise(x, sigma, cond), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("threads", "mixes"), [(1, 60), (2, 4)])
def test_a_row_of_any_size_has_the_same_bits_in_any_company(threads: int, mixes: int) -> None:
    """Random mixes of nine rows of other sizes: every row has the bits it has alone on one thread."""
    denoise, (latents, sigma, cond) = LatentDenoiser(_net()), mixed_rows()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    alone = [denoise.each([latents[i]], sigma[i : i + 1], chosen(cond, [i]))[0] for i in range(9)]
    torch.set_num_threads(threads)
    draw = random.Random(threads)
    for _ in range(mixes):
        rows = draw.sample(range(9), draw.randint(1, 9))
        told = denoise.each([latents[i] for i in rows], sigma[rows], chosen(cond, rows))
        assert all(torch.equal(one, alone[i]) for one, i in zip(told, rows, strict=True)), rows
    torch.set_num_threads(before)


def test_other_sizes_are_drawn_by_stretched_places() -> None:
    """A larger grid is told apart everywhere, and its words still matter."""
    denoise = LatentDenoiser(_net())
    _, sigma, cond = _rows(9)
    x = torch.randn(1, SHAPE.channels, 16, 16, generator=torch.Generator().manual_seed(0))
    (first,) = denoise.each(list(x), sigma[4:5], chosen(cond, [4]))
    (shifted,) = denoise.each(list(x.roll(2, -1)), sigma[4:5], chosen(cond, [4]))
    (other,) = denoise.each(list(x), sigma[4:5], chosen(cond, [6]))
    assert not torch.allclose(shifted, first.roll(2, -1), atol=1e-3)
    assert not torch.allclose(first, other, atol=1e-4)


def test_sides_that_the_patch_does_not_divide_are_refused() -> None:
    """A latent of 8 x 7 has no whole patches."""
    denoise, (_, sigma, cond) = LatentDenoiser(_net()), _rows(1)
    with pytest.raises(ValueError, match="2 divides"):
        denoise.each([torch.zeros(SHAPE.channels, 8, 7)] * 9, sigma.expand(9), chosen(cond, [0] * 9))


def test_half_precision_is_near_and_keeps_the_contract() -> None:
    """In bfloat16 the estimate stays within two per cent, and a row's bits do not feel its mates."""
    denoise, (latents, sigma, cond) = LatentDenoiser(_net()), mixed_rows()
    exact = denoise.each(latents, sigma, cond)
    with torch.autocast("cpu", torch.bfloat16), torch.inference_mode():
        half = denoise.each(latents, sigma, cond)
        alone = denoise.each(latents[3:4], sigma[3:4], chosen(cond, [3]))
    for one, other in zip(half, exact, strict=True):
        assert float((one - other).norm() / other.norm()) < 0.02
    assert torch.equal(alone[0], half[3])


def test_the_packing_told_to_cuda_s_kernel_is_that_of_the_groups() -> None:
    """Begins, ends and lengths lead a kernel that loops over sequences to the same result."""
    packing = packing_of([5, 21, 5, 1, 21], torch.device("cpu"))
    draw = torch.Generator().manual_seed(2)
    query, key, value = (torch.randn(53, 2, 8, generator=draw) for _ in range(3))

    def kernel(q: Tensor, k: Tensor, v: Tensor, q_ends: Tensor, k_ends: Tensor, *longest: int) -> Tensor:
        assert torch.equal(q_ends, k_ends)
        assert (q_ends.dtype, longest) == (torch.int32, (21, 21))
        mixed = torch.empty_like(q)
        for start, end in pairwise(q_ends.tolist()):
            a, b, c = (part[start:end].transpose(0, 1) for part in (q, k, v))  # (heads, length, d)
            weights = (a @ b.transpose(-1, -2) * a.shape[-1] ** -0.5).softmax(-1)
            mixed[start:end] = (weights @ c).transpose(0, 1)
        return mixed

    by_kernel = attend_varlen(query, key, value, packing, kernel)
    torch.testing.assert_close(attend_by_length(query, key, value, packing), by_kernel)


def test_the_kernel_is_chosen_by_device_and_type() -> None:
    """CUDA's kernel for unequal lengths knows half precision alone."""
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert attention_for(cuda, torch.bfloat16) is attend_varlen
    for device, dtype in ((cuda, torch.float32), (cpu, torch.bfloat16), (cpu, torch.float32)):
        assert attention_for(device, dtype) is attend_by_length


def test_the_fused_kernel_is_the_one_that_ran() -> None:
    """Padded with a mask and packed without, in both precisions, attention is one fused operator."""
    net = _net(TransformerShape(width=64, depth=2, heads=2, hidden=96, text_dim=48, channels=4, side=8))
    denoise, rows = LatentDenoiser(net), _rows(9)
    calls: list[Callable[[], object]] = [
        lambda: denoise(*rows),
        lambda: denoise.each(list(rows[0]), *rows[1:]),
    ]
    for dtype in (torch.float32, torch.bfloat16):
        for call in calls:
            with torch.inference_mode(), torch.autocast("cpu", dtype, enabled=dtype is torch.bfloat16):
                ran = operators(call)
            assert FUSED in ran
            assert not {"aten::softmax", "aten::_softmax", "aten::_scaled_dot_product_attention_math"} & ran


def test_the_profiler_tells_attention_that_is_not_fused() -> None:
    """The test above can fail: written out, the same attention shows its softmax and no fused operator."""
    net = _net()
    net.attend_with(lambda q, k, v, *, attn_mask: _written_out(q, k, v, attn_mask))
    ran = operators(lambda: LatentDenoiser(net)(*_rows(2)))
    assert FUSED not in ran
    assert "aten::softmax" in ran


def _written_out(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    assert mask is not None
    mixed: Tensor = scores.masked_fill(~mask, -1e9).softmax(-1) @ value
    return mixed


def test_a_network_of_the_shipped_width_is_packed_too() -> None:
    """At the width that ships, packed rows have the same bits in every batch."""
    shape = TransformerShape(depth=3)
    denoise = LatentDenoiser(_net(shape))
    x, sigma, cond = _rows(9, shape)
    every = denoise.each(list(x), sigma, cond)
    for rows in ([0], [3, 0], [8, 1, 2, 5, 0]):
        told = denoise.each([x[i] for i in rows], sigma[rows], chosen(cond, rows))
        assert all(torch.equal(one, every[i]) for one, i in zip(told, rows, strict=True))
