"""Classifier guidance: exact when the classifier is, also where gradients are switched off."""

from __future__ import annotations

import torch

from models.diffusion.classifier_guidance import classifier, gradient
from tests.models.diffusion.test_guidance import SIGMA, points
from tests.oracles.mixture import Mixture, trio


def test_exact_classifier_guidance_is_the_conditional_denoiser() -> None:
    """The mixture's denoiser plus its own classifier's gradient is the denoiser of one component."""
    whole = trio()
    part = Mixture(torch.ones(1).double(), whole.means[1:2], whole.deviations[1:2])
    guided = classifier(whole.denoise, lambda x, sigma: whole.responsibilities(x, sigma)[:, 1].log())
    assert torch.allclose(guided(points(), SIGMA, None), part.denoise(points(), SIGMA), atol=1e-10)
    with torch.inference_mode():
        assert torch.allclose(guided(points(), SIGMA, None), part.denoise(points(), SIGMA), atol=1e-10)


def test_the_gradient_of_log_p_is_the_closed_form_score() -> None:
    """Autograd through the log density and the written-out score agree."""
    assert torch.allclose(gradient(trio().log_p, points(), SIGMA), trio().score(points(), SIGMA), atol=1e-12)


def test_the_strength_of_a_classifier_is_its_scale() -> None:
    """Twice the scale moves the estimate twice as far; x keeps no gradient of its own."""
    x = points()

    def moved(scale: float) -> torch.Tensor:
        guided = classifier(trio().denoise, trio().log_p, scale)
        return guided(x, SIGMA, None) - trio().denoise(x, SIGMA)

    assert torch.allclose(moved(2.0), 2 * moved(1.0), atol=1e-13)
    assert torch.allclose(moved(1.0), SIGMA[:, None] ** 2 * trio().score(x, SIGMA), atol=1e-12)
    assert not x.requires_grad
