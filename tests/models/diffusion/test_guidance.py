"""Guidance: exact on mixtures, silent outside its interval, independent from row to row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from models.diffusion.guidance import Guidance, auto, classifier_free, combine
from models.types import Conditioning
from tests.oracles.mixture import Mixture

if TYPE_CHECKING:
    from torch import Tensor

SIGMA = torch.tensor([0.3, 1.0, 2.0, 5.0], dtype=torch.float64)


def points() -> Tensor:
    """Four noisy points in the plane, one for each sigma."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(4, 2, dtype=torch.float64, generator=generator) * (1 + SIGMA[:, None])


def prompt(value: float) -> Conditioning:
    """A prompt whose pooled vector is its meaning, for a batch of four."""
    return Conditioning(torch.zeros(4, 1, 1), torch.zeros(4, 1).bool(), torch.full((4, 1), value).double())


def linear(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
    """A denoiser that says what it was told, plus a little of x."""
    assert cond is not None
    return cond.pooled + 0.1 * x / (1 + sigma[:, None])


def test_classifier_free_guidance_extrapolates_from_the_negative_prompt() -> None:
    """With opinions 2 and 1 and scale 3 the answer is 1 + 3·(2 - 1) = 4, plus what both share."""
    guided = classifier_free(linear, prompt(1.0), Guidance(scale=3.0))
    shared = 0.1 * points() / (1 + SIGMA[:, None])
    assert torch.allclose(guided(points(), SIGMA, prompt(2.0)), 4.0 + shared, atol=1e-14)


def test_guidance_acts_only_inside_its_interval() -> None:
    """Rows at or below low, and above high, keep the first opinion bit for bit."""
    guided = classifier_free(linear, prompt(1.0), Guidance(scale=3.0, low=0.3, high=2.0))
    first = linear(points(), SIGMA, prompt(2.0))
    difference = guided(points(), SIGMA, prompt(2.0)) - first
    assert difference[0].tolist() == [0.0, 0.0]
    assert torch.allclose(difference[1:3], torch.full((2, 2), 2.0).double(), atol=1e-14)
    assert difference[3].tolist() == [0.0, 0.0]


def test_the_second_opinion_is_not_asked_when_no_row_needs_it() -> None:
    """Outside the interval, or at scale 1, guidance costs no evaluation."""

    def never(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
        raise AssertionError

    for guidance in (Guidance(scale=3.0, low=9.0), Guidance(scale=1.0)):
        guided = auto(linear, never, guidance)
        assert torch.equal(guided(points(), SIGMA, prompt(2.0)), linear(points(), SIGMA, prompt(2.0)))


def test_autoguidance_of_a_gaussian_is_the_sharper_gaussian() -> None:
    """Guiding N(0, 1) by N(0, 2) at scale w gives scores that add up to w/v_1 - (w - 1)/v_2."""
    one, zero = torch.ones(1).double(), torch.zeros(1, 2).double()
    narrow, wide = Mixture(one, zero, one), Mixture(one, zero, 2**0.5 * one)
    x, w = points(), 2.5
    denoised = auto(narrow.denoise, wide.denoise, Guidance(scale=w))(x, SIGMA, None)
    score = (denoised - x) / SIGMA[:, None] ** 2
    precision = w / (1 + SIGMA**2) - (w - 1) / (2 + SIGMA**2)
    assert torch.allclose(score, -precision[:, None] * x, atol=1e-12)


def test_rescaling_gives_back_the_contrast_of_the_first_opinion() -> None:
    """At rescale 1 each row has the deviation of the first opinion, at 0.5 the mean of the two."""
    generator = torch.Generator().manual_seed(1)
    first, second = torch.randn(2, 3, 4, 8, 8, dtype=torch.float64, generator=generator)
    strengths = [Guidance(5.0), Guidance(5.0, rescale=1.0), Guidance(5.0, rescale=0.5)]
    plain, full, half = combine(first, second, strengths)
    assert plain.std() == pytest.approx(float((second + 5 * (first - second))[0].std()))
    assert full.std() == pytest.approx(float(first[1].std()))
    raw = second[2] + 5 * (first[2] - second[2])
    assert half.std() == pytest.approx(float((first[2].std() + raw.std()) / 2))


def test_combining_rows_together_or_alone_gives_the_same_bytes() -> None:
    """Scale and rescale of the neighbours, and the size of the batch, change no bit of a row."""
    generator = torch.Generator().manual_seed(2)
    first, second = torch.randn(2, 9, 16, 16, 16, generator=generator)
    guidances = [Guidance(scale=1.0 + i, rescale=(i % 3) / 2) for i in range(9)]
    together = combine(first, second, guidances)
    for i, guidance in enumerate(guidances):
        alone = combine(first[i : i + 1], second[i : i + 1], [guidance])[0]
        assert alone.numpy().tobytes() == together[i].numpy().tobytes()


def test_as_many_guidances_as_rows() -> None:
    """A batch of four with one guidance is a mistake."""
    with pytest.raises(ValueError, match="1 guidances for a batch of 4"):
        combine(points(), points(), [Guidance()])
