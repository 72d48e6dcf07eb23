"""Paths: each solves its own SDE, and its time is the inverse of its noise level."""

from __future__ import annotations

import math
from typing import cast

import pytest
import torch

from models.diffusion.paths import VE, CosineVP, LinearVP, Path, Straight, SubVP
from models.diffusion.sde import level
from models.exported import registry

PATHS: dict[str, Path] = {
    "vp_linear": LinearVP(),
    "vp_cosine": CosineVP(),
    "vp_cosine, no offset": CosineVP(offset=0.0),
    "sub_vp": SubVP(),
    "ve": VE(),
    "straight": Straight(),
}
TIMES = torch.tensor([0.001, 0.05, 0.3, 0.6, 0.95], dtype=torch.float64)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_drift_and_diffusion_move_the_scales_as_the_path_says(path: Path) -> None:
    """Autograd of alpha and sigma^2 obeys alpha' = f·alpha and (sigma^2)' = 2 f sigma^2 + g^2."""
    t = TIMES.clone().requires_grad_()
    (alpha_rate,) = torch.autograd.grad(path.alpha(t).sum(), t)
    (variance_rate,) = torch.autograd.grad(path.sigma(t).square().sum(), t)
    drift, diffusion = path.drift(TIMES), path.diffusion(TIMES)
    assert torch.allclose(alpha_rate, drift * path.alpha(TIMES), rtol=1e-9, atol=1e-12)
    expected = 2 * drift * path.sigma(TIMES).square() + diffusion.square()
    assert torch.allclose(variance_rate, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_time_inverts_the_noise_level(path: Path) -> None:
    """The time of a level has that level, from nearly clean to nearly pure noise."""
    levels = torch.tensor([0.003, 0.1, 1.0, 10.0, 79.0], dtype=torch.float64)
    assert torch.allclose(level(path, path.time(levels)), levels, rtol=1e-9)
    assert bool((path.time(levels) > 0).all())
    assert bool((path.time(levels) <= path.horizon).all())


def test_known_points_of_the_five_paths() -> None:
    """Values that the papers' formulas give by hand."""
    one, half = torch.tensor(1.0).double(), torch.tensor(0.5).double()
    assert float(LinearVP().alpha(one)) == pytest.approx(math.exp(-10.05 / 2))
    assert float(SubVP().sigma(one)) == pytest.approx(1 - math.exp(-10.05))
    assert float(VE().sigma(half)) == pytest.approx(math.sqrt(0.002 * 80))
    assert float(CosineVP(offset=0.0).sigma(half)) == pytest.approx(math.sqrt(0.5))
    assert (float(Straight().alpha(half)), float(Straight().sigma(half))) == (0.5, 0.5)


def test_variance_preserving_paths_preserve_variance() -> None:
    """alpha^2 + sigma^2 is 1 on both VP paths at any time, and less on sub-VP."""
    for path in (LinearVP(), CosineVP()):
        total = path.alpha(TIMES).square() + path.sigma(TIMES).square()
        assert torch.allclose(total, torch.ones(5).double(), atol=1e-12)
    assert bool((SubVP().alpha(TIMES).square() + SubVP().sigma(TIMES).square() < 1).all())


def test_every_path_has_a_public_name() -> None:
    """The five names are exported, each with a default instance to be made from it."""
    assert set(registry("sdes")) == {"vp_linear", "vp_cosine", "sub_vp", "ve", "straight"}
    for entry in registry("sdes").values():
        assert cast("type[Path]", entry.value)().horizon > 0.9
