"""A network that is shown neighbours: as padded as packed, and blind to what is masked."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from models.nets.denoiser import LatentDenoiser
from models.nets.dit import DiffusionTransformer, TransformerShape
from models.nets.gallery import hang, numbers_of, without
from models.types import Conditioning

SHAPE = TransformerShape(width=32, depth=2, heads=2, hidden=32, text_dim=64, channels=4, neighbours=2)
DRAW = torch.Generator().manual_seed(3)


def net(shape: TransformerShape = SHAPE) -> DiffusionTransformer:
    """Return a network none of whose weights is zero."""
    made = DiffusionTransformer(shape).requires_grad_(requires_grad=False)
    for parameter in made.parameters():
        parameter.copy_(0.2 * torch.randn(parameter.shape, generator=DRAW))
    return made


def words(rows: int, length: int = 5) -> Conditioning:
    """Return conditioning of words, the last of each row masked."""
    mask = torch.ones(rows, length, dtype=torch.bool)
    mask[:, -1] = False
    tokens = torch.randn(rows, length, 64, generator=DRAW) * mask[..., None]
    return Conditioning(tokens, mask, torch.randn(rows, 64, generator=DRAW))


def latents(count: int) -> list[Tensor]:
    """Return latents of the native size."""
    return [torch.randn(4, 8, 8, generator=DRAW) for _ in range(count)]


def test_a_neighbour_lies_in_its_patches_number_by_number() -> None:
    """Sixteen patches hold it; a missing neighbour's are masked, and one too many is left away."""
    one, other, third = latents(3)
    told = hang(words(3), [[one], [one, other, third], []], SHAPE)
    assert told.tokens.shape == (3, 5 + 32, 64)
    assert told.mask[:, 5:].sum(1).tolist() == [16, 32, 0]
    last = told.tokens[0, 20, :16]
    assert sorted(last.tolist()) == sorted(one[:, 6:, 6:].flatten().tolist())
    with pytest.raises(ValueError, match="a word's 8"):
        numbers_of(TransformerShape(text_dim=8, channels=4))


def test_packed_equals_padded_and_masked_neighbours_are_nothing() -> None:
    """Both ways of running the network agree; what stands under a mask changes no bit."""
    denoise, cond = LatentDenoiser(net(), 5), words(3)
    x, sigma = torch.randn(3, 4, 8, 8, generator=DRAW), torch.tensor([0.3, 1.0, 5.0])
    told = hang(cond, [latents(1), latents(2), []], SHAPE)
    padded, packed = denoise(x, sigma, told), torch.stack(denoise.each(list(x), sigma, told))
    torch.testing.assert_close(packed, padded, rtol=1e-4, atol=1e-4)
    spoilt = Conditioning(told.tokens + 9.0 * ~told.mask[..., None], told.mask, told.pooled)
    assert torch.equal(torch.stack(denoise.each(list(x), sigma, spoilt)), packed)


def test_a_row_with_neighbours_is_the_same_in_every_company() -> None:
    """Bits alone and beside rows that are shown more, less and nothing."""
    denoise, cond = LatentDenoiser(net(), 5), words(4)
    x, sigma = torch.randn(4, 4, 8, 8, generator=DRAW), torch.tensor([0.3, 1.0, 5.0, 2.0])
    told = hang(cond, [latents(1), latents(2), [], latents(2)], SHAPE)
    together = denoise.each(list(x), sigma, told)
    for row in range(4):
        part = slice(row, row + 1)
        own = Conditioning(told.tokens[part], told.mask[part], told.pooled[part])
        assert torch.equal(denoise.each([x[row]], sigma[part], own)[0], together[row])


def test_what_is_shown_matters() -> None:
    """The same words with another neighbour give another estimate; without any it is that of none."""
    denoise, cond = LatentDenoiser(net(), 5), words(1)
    x, sigma = torch.randn(1, 4, 8, 8, generator=DRAW), torch.tensor([1.0])
    answers = [denoise(x, sigma, hang(cond, [shown], SHAPE)) for shown in ([], latents(1), latents(1))]
    assert not torch.allclose(answers[0], answers[1])
    assert not torch.allclose(answers[1], answers[2])


def test_a_picture_of_another_size_is_shown_the_same() -> None:
    """Neighbours are stretched over its tokens; a row of the native size beside it keeps its bits."""
    denoise, cond = LatentDenoiser(net(), 5), words(2)
    wide, native = torch.randn(4, 8, 16, generator=DRAW), torch.randn(4, 8, 8, generator=DRAW)
    told = hang(cond, [latents(1), latents(2)], SHAPE)
    sigma = torch.tensor([1.0, 2.0])
    both = denoise.each([wide, native], sigma, told)
    own = Conditioning(told.tokens[1:], told.mask[1:], told.pooled[1:])
    assert both[0].shape == wide.shape
    assert torch.equal(denoise.each([native], sigma[1:], own)[0], both[1])


def test_a_network_that_is_shown_nothing_is_told_the_words_alone() -> None:
    """Conditioning made for one network is cut for another; between equals it stays as it is."""
    told, plain = words(2), TransformerShape(text_dim=64, channels=4)
    shown = hang(told, [latents(1), []], SHAPE)
    assert torch.equal(without(shown, SHAPE, plain).tokens, told.tokens)
    assert without(shown, SHAPE, SHAPE) is shown
    assert LatentDenoiser(net(), 5).unconditional(torch.zeros(2, 4, 8, 8)).tokens.shape == (2, 37, 64)
