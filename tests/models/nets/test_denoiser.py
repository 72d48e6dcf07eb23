"""The denoiser: preconditioning, masking, and bits that do not depend on the batch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from models.nets import DiffusionTransformer, LatentDenoiser, TransformerShape
from models.nets.blocks import attend_eagerly
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHAPE = TransformerShape(width=64, depth=3, heads=2, hidden=96, text_dim=48, channels=4, side=8)


def _net(shape: TransformerShape = SHAPE) -> DiffusionTransformer:
    """Return a net none of whose weights is zero."""
    torch.manual_seed(0)
    net = DiffusionTransformer(shape).eval().requires_grad_(requires_grad=False)
    for parameter in net.parameters():
        if parameter.abs().max() == 0:
            parameter.normal_(std=0.05)
    return net


def _rows(
    count: int, shape: TransformerShape = SHAPE, length: int = 20
) -> tuple[Tensor, Tensor, Conditioning]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(9, shape.channels, shape.side, shape.side, generator=generator)
    sigma = torch.tensor([80.0, 20.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.05, 0.02])
    mask = torch.arange(length) < torch.tensor([0, 3, 5, 7, 9, 11, 13, 17, 20])[:, None]
    tokens = torch.randn(9, length, shape.text_dim, generator=generator) * mask[..., None]
    pooled = torch.randn(9, shape.text_dim, generator=generator)
    return x[:count], sigma[:count], Conditioning(tokens[:count], mask[:count], pooled[:count])


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """Run with one, two and three torch threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("shape", "counts"),
    [(SHAPE, range(1, 10)), (TransformerShape(depth=3), (2, 7, 9))],
    ids=["small", "shipped width"],
)
def test_a_row_has_the_same_bits_in_every_batch(
    shape: TransformerShape, counts: Sequence[int], threads: int
) -> None:
    """Solo, and among 1 to 9 rows of other levels and prompts, a row comes out bit for bit the same."""
    denoise = LatentDenoiser(_net(shape))
    solo = []
    for i in range(9):
        x, sigma, cond = _rows(9, shape)
        row = slice(i, i + 1)
        solo.append(
            denoise(x[row], sigma[row], Conditioning(cond.tokens[row], cond.mask[row], cond.pooled[row]))
        )
    for count in counts:
        assert torch.equal(denoise(*_rows(count, shape)), torch.cat(solo[:count])), count


def test_one_and_two_threads_give_the_same_bits() -> None:
    """The number of torch threads changes nothing."""
    before, denoise, results = torch.get_num_threads(), LatentDenoiser(_net()), []
    for count in (1, 2):
        torch.set_num_threads(count)
        results.append(denoise(*_rows(9)))
    torch.set_num_threads(before)
    assert torch.equal(*results)


def test_words_behind_the_mask_are_not_seen() -> None:
    """Whatever stands where the mask is False, the result is the same."""
    denoise = LatentDenoiser(_net())
    x, sigma, cond = _rows(9)
    noisy = cond.tokens + 7.0 * (~cond.mask)[..., None]
    assert torch.equal(
        denoise(x, sigma, Conditioning(noisy, cond.mask, cond.pooled)), denoise(x, sigma, cond)
    )


def test_seen_words_and_pooled_vectors_matter() -> None:
    """Changing a real token, or the pooled vector, changes its own row and no other."""
    denoise = LatentDenoiser(_net())
    x, sigma, cond = _rows(9)
    tokens, pooled = cond.tokens.clone(), cond.pooled.clone()
    tokens[3, 0] += 1.0
    pooled[5] += 1.0
    changed = denoise(x, sigma, Conditioning(tokens, cond.mask, pooled)) != denoise(x, sigma, cond)
    assert [bool(row.any()) for row in changed] == [i in (3, 5) for i in range(9)]


def test_no_conditioning_is_the_empty_prompt() -> None:
    """None stands for a row without words and with a zero pooled vector."""
    denoise = LatentDenoiser(_net(), length=20)
    x, sigma, _ = _rows(4)
    empty = Conditioning(torch.zeros(4, 20, 48), torch.zeros(4, 20, dtype=torch.bool), torch.zeros(4, 48))
    assert torch.equal(denoise(x, sigma, None), denoise(x, sigma, empty))


def test_the_denoiser_is_v_prediction_on_the_cosine_path() -> None:
    """D(x; tan t) = cos(t) x_t - sin(t) v(x_t) with x_t = x cos(t) (Salimans & Ho 2022, appendix D)."""
    net = _net()
    x, _, cond = _rows(9)
    angle = torch.linspace(0.05, 1.5, 9)
    cosine, sine = angle.cos()[:, None, None, None], angle.sin()[:, None, None, None]
    velocity = net(x * cosine, angle.tan(), cond.tokens, cond.mask, cond.pooled)
    expected = cosine * (x * cosine) - sine * velocity
    torch.testing.assert_close(LatentDenoiser(net)(x, angle.tan(), cond), expected, rtol=1e-4, atol=1e-5)


def test_a_fresh_net_is_the_best_linear_denoiser() -> None:
    """With its zero output a new net gives x / (1 + sigma^2), optimal for unit Gaussian latents."""
    torch.manual_seed(0)
    denoise = LatentDenoiser(DiffusionTransformer(SHAPE).requires_grad_(requires_grad=False))
    x, sigma, cond = _rows(9)
    expected = x / (1.0 + sigma.square())[:, None, None, None]
    torch.testing.assert_close(denoise(x, sigma, cond), expected)


def test_written_out_attention_equals_the_fused_kernel() -> None:
    """The attention used in training is the one used in serving."""
    net, rows = _net(), _rows(9)
    fused = LatentDenoiser(net)(*rows)
    net.attend_with(attend_eagerly)
    torch.testing.assert_close(LatentDenoiser(net)(*rows), fused, rtol=1e-4, atol=1e-5)


def test_positions_are_told_apart() -> None:
    """Shifting a picture by one position does not merely shift the result."""
    denoise = LatentDenoiser(_net())
    x, sigma, cond = _rows(4)
    assert not torch.allclose(
        denoise(x.roll(1, -1), sigma, cond), denoise(x, sigma, cond).roll(1, -1), atol=1e-3
    )


def test_levels_are_finite_from_almost_none_to_almost_all() -> None:
    """Noise levels of 1e-6 and 1e6 give finite results."""
    denoise = LatentDenoiser(_net())
    x, _, cond = _rows(2)
    assert math.isfinite(float(denoise(x, torch.tensor([1e-6, 1e6]), cond).sum()))
