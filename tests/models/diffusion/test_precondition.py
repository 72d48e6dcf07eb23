"""Preconditioning: four parametrisations of one denoiser."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from models.diffusion import precondition
from tests.oracles.mixture import trio

if TYPE_CHECKING:
    from torch import Tensor

    from models.types import Conditioning

SIGMA = torch.tensor([0.01, 0.3, 1.0, 4.0, 60.0], dtype=torch.float64)
X = torch.randn(5, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * (1 + SIGMA[:, None])


def some_network(x: Tensor, label: Tensor, cond: Conditioning | None) -> Tensor:
    """A function with no special structure."""
    del cond
    return (x * (1 + label[:, None])).sin() + x.flip(1)


def test_v_prediction_is_edm_preconditioning_of_minus_v_at_sigma_tan_t() -> None:
    """With unit-variance data the two denoisers are one, label for label."""
    # EDM's label is log(tan t) / 4; the v-network's is t.
    v = precondition.v_prediction(some_network)
    f = precondition.edm(lambda x, label, cond: -some_network(x, (4 * label).exp().atan(), cond))
    assert torch.allclose(v(X, SIGMA, None), f(X, SIGMA, None), atol=1e-12)


def test_edm_weights_at_a_known_point() -> None:
    """At sigma 1 and sigma_data 0.5: c_skip 0.2, c_out 1/sqrt 5, c_in 2/sqrt 5, label 0."""
    seen = []

    def network(x: Tensor, label: Tensor, cond: Conditioning | None) -> Tensor:
        del cond
        seen.append((float(x), float(label)))
        return torch.ones_like(x)

    one = torch.ones(1, dtype=torch.float64)
    denoised = precondition.edm(network, sigma_data=0.5)(3 * one[:, None], one, None)
    assert torch.allclose(denoised, torch.tensor([[3 * 0.2 + 1 / math.sqrt(5)]]).double())
    assert seen == [(3 * 2 / math.sqrt(5), 0.0)]


def exact_prediction(kind: str) -> precondition.Network:
    """What a perfect network of that kind answers for the mixture."""

    def network(x: Tensor, label: Tensor, cond: Conditioning | None) -> Tensor:
        del cond
        sigma = {"v": label.tan(), "noise": label, "flow": label / (1 - label)}[kind][:, None]
        scale = {"v": (1 + sigma**2).sqrt(), "noise": (1 + sigma**2).sqrt(), "flow": 1 + sigma}[kind]
        clean = trio().denoise(x * scale, sigma[:, 0])
        noise = (x * scale - clean) / sigma
        angle = sigma.atan()
        return {"v": angle.cos() * noise - angle.sin() * clean, "noise": noise, "flow": noise - clean}[kind]

    return network


def test_perfect_networks_of_every_kind_give_the_exact_denoiser() -> None:
    """v, noise and flow predictions of the mixture all turn into its denoiser."""
    makers = {
        "v": precondition.v_prediction,
        "noise": precondition.noise_prediction,
        "flow": precondition.flow_prediction,
    }
    for kind, maker in makers.items():
        denoised = maker(exact_prediction(kind))(X, SIGMA, None)
        assert torch.allclose(denoised, trio().denoise(X, SIGMA), atol=1e-10)
