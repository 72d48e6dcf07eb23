"""The flow: a density that integrates to one, learns a known mixture, and comes back from disk."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from scipy.stats import multivariate_normal

from models.checkpoint import CheckpointError, write_config
from models.flow.flow import Flow, FlowShape, build, calibrate, load, save
from tests.oracles.mixture import trio

if TYPE_CHECKING:
    from pathlib import Path

SMALL = FlowShape(dim=2, num_layers=4, hidden=24, num_bins=8, bound=4.0)


def shaken(shape: FlowShape) -> Flow:
    """A flow in float64 with random weights, far from a Gaussian."""
    flow = build(shape).double()
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.15 * torch.randn(parameter.shape, generator=generator))
    return flow


def test_the_density_integrates_to_one() -> None:
    """Summed over a fine lattice of the plane, an arbitrary flow's density is 1."""
    axis = torch.linspace(-8, 8, 251, dtype=torch.float64)
    with torch.no_grad():
        density = shaken(SMALL).log_prob(torch.cartesian_prod(axis, axis)).exp()
    assert float(density.sum()) * (16 / 250) ** 2 == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("sphere", [False, True])
def test_decoding_inverts_encoding(sphere: bool) -> None:
    """Latents come back as rows, rows as latents, through every layer."""
    flow = shaken(replace(SMALL, dim=6, sphere=sphere))
    z = torch.randn(30, 6 - sphere, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x = flow.decode(z)
    assert torch.allclose(flow.encode(x)[0], z, atol=1e-10)
    assert torch.allclose(x.norm(dim=1), torch.ones(30, dtype=torch.float64)) == sphere


def test_a_calibrated_flow_is_the_gaussian_of_its_rows() -> None:
    """Before training, the log density is scipy's normal with the rows' mean and covariance."""
    rows = trio().sample(500, torch.Generator().manual_seed(0))
    flow = build(SMALL).double()
    calibrate(flow, rows, shrinkage=0.0)
    expected = multivariate_normal.logpdf(rows.numpy(), rows.mean(0).numpy(), rows.T.cov().numpy())
    assert torch.allclose(flow.log_prob(rows), torch.from_numpy(expected), atol=1e-9)


def test_shrinkage_keeps_few_rows_invertible() -> None:
    """Three rows in six dimensions have a singular covariance; shrunk, the density is finite."""
    rows = torch.randn(3, 6, generator=torch.Generator().manual_seed(0))
    flow = build(replace(SMALL, dim=6))
    calibrate(flow, rows, shrinkage=0.2)
    assert bool(flow.log_prob(rows).isfinite().all())
    assert float(flow.encode(rows)[0].detach().mean(0).abs().max()) < 1e-4


def test_training_approaches_the_entropy_of_a_known_mixture() -> None:
    """A few hundred steps close most of the gap between the Gaussian and the true density."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    flow = build(SMALL)
    train, test = (trio().sample(num, generator).float() for num in (4000, 4000))
    calibrate(flow, train)
    true = -float(trio().log_p(test.double(), torch.zeros(len(test), dtype=torch.float64)).mean())
    gaussian = -float(flow.log_prob(test).detach().mean())
    optimizer = torch.optim.Adam(flow.parameters(), lr=5e-3)
    for _ in range(120):
        batch = train[torch.randint(len(train), (256,), generator=generator)]
        optimizer.zero_grad()
        (-flow.log_prob(batch).mean()).backward()  # type: ignore[no-untyped-call]  # torch does not type `backward`
        optimizer.step()
    with torch.no_grad():
        trained = -float(flow.log_prob(test).mean())
        samples = flow.sample(4000, generator)
    assert gaussian - true > 0.3
    assert -0.02 < trained - true < 0.3 * (gaussian - true)
    assert (samples.mean(0) - test.mean(0)).abs().max() < 0.1


def test_a_flow_learns_a_cap_of_the_sphere() -> None:
    """Unit vectors around a direction are denser there than the uniform -log area, opposite less."""
    generator = torch.Generator().manual_seed(2)
    rows = torch.randn(2000, 8, generator=generator) * 0.3 + torch.tensor([0.0, 1.0] + [0.0] * 6)
    rows = rows / rows.norm(dim=1, keepdim=True)
    flow = build(FlowShape(dim=8, num_layers=2, hidden=16, sphere=True))
    calibrate(flow, rows)
    uniform = -(math.log(2) + 4 * math.log(math.pi) - math.lgamma(4))
    density = flow.log_prob(rows).detach()
    assert float(density.mean()) > uniform + 1
    assert float(flow.log_prob(-rows).detach().max()) < uniform
    samples = flow.sample(2000, generator).detach()
    assert torch.allclose(samples.norm(dim=1), torch.ones(2000), atol=1e-5)
    assert (samples.mean(0) - rows.mean(0)).abs().max() < 0.05


def test_equal_generators_give_equal_samples() -> None:
    """Randomness is the caller's."""
    flow = build(SMALL)
    first, second = (flow.sample(5, torch.Generator().manual_seed(9)) for _ in range(2))
    assert torch.equal(first, second)


def test_a_flow_comes_back_from_disk_with_its_density(tmp_path: Path) -> None:
    """Weights, order of shuffles, pole and whitening are all there."""
    flow = shaken(replace(SMALL, dim=6, sphere=True, seed=5)).float()
    rows = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    rows = rows / rows.norm(dim=1, keepdim=True)
    calibrate(flow, rows)
    save(flow, tmp_path)
    back = load(tmp_path)
    assert back.shape == flow.shape
    assert torch.equal(back.log_prob(rows), flow.log_prob(rows))


def test_another_format_is_refused(tmp_path: Path) -> None:
    """A folder without a known format number is not read."""
    save(build(SMALL), tmp_path)
    write_config(tmp_path / "flow.json", {"dim": 2, "format": 99})
    with pytest.raises(CheckpointError, match="format 99"):
        load(tmp_path)


@pytest.mark.parametrize("shape", [FlowShape(dim=1), FlowShape(dim=2, sphere=True)])
def test_one_free_value_is_too_few(shape: FlowShape) -> None:
    """A coupling needs a value to look at and a value to move."""
    with pytest.raises(ValueError, match="needs two values"):
        build(shape)
