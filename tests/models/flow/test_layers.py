"""Layers: each inverse is exact and each stretch is the determinant of autograd's Jacobian."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from models.flow.layers import Coupling, Shuffle, Stereographic, Whiten

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from models.flow.layers import Layer


def generator(seed: int = 0) -> torch.Generator:
    """A source of numbers."""
    return torch.Generator().manual_seed(seed)


def rows(num: int, dim: int) -> Tensor:
    """Normal rows."""
    return torch.randn(num, dim, dtype=torch.float64, generator=generator(1))


def unit(num: int, dim: int) -> Tensor:
    """Rows of unit length."""
    normal = rows(num, dim)
    return normal / normal.square().sum(1, keepdim=True).sqrt()


def wild_coupling() -> Coupling:
    """A coupling whose splines are far from the identity."""
    layer = Coupling(dim=5, hidden=16, num_bins=4, bound=3.0).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator(2)))
    return layer


def tilted_whiten() -> Whiten:
    """A whitening with a full triangle."""
    layer = Whiten(5).double()
    layer.mean.copy_(rows(1, 5)[0])
    layer.factor.copy_(rows(5, 5).tril(-1) + 2 * torch.eye(5))
    return layer


def jacobian(map_row: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Rows of derivatives of one row's image."""
    leaf = x.clone().requires_grad_()
    image = map_row(leaf[None])[0]
    gradients = [torch.autograd.grad(value, leaf, retain_graph=True)[0] for value in image.unbind()]
    return torch.stack(gradients)


FLAT: dict[str, Layer] = {
    "coupling": wild_coupling(),
    "whiten": tilted_whiten(),
    "shuffle": Shuffle(5, generator(3)),
}


@pytest.mark.parametrize("layer", FLAT.values(), ids=FLAT)
def test_the_stretch_is_the_determinant_of_the_jacobian(layer: Layer) -> None:
    """Log |det J| by autograd equals what the layer says, for every row."""
    x = rows(6, 5)
    stretch = layer.encode(x)[1].detach()
    for i in range(6):
        expected = jacobian(lambda row: layer.encode(row)[0], x[i]).slogdet().logabsdet.detach()
        assert float(stretch[i]) == pytest.approx(float(expected), abs=1e-9)


@pytest.mark.parametrize("layer", FLAT.values(), ids=FLAT)
def test_decoding_inverts_encoding(layer: Layer) -> None:
    """Both ways round, to double precision."""
    x = rows(40, 5)
    assert torch.allclose(layer.decode(layer.encode(x)[0]), x, atol=1e-9)
    assert torch.allclose(layer.encode(layer.decode(x))[0], x, atol=1e-9)


def test_a_coupling_really_moves_its_second_half_only() -> None:
    """The first two of five values stay, the others move, and volume changes."""
    x = rows(40, 5)
    with torch.no_grad():
        z, stretch = wild_coupling().encode(x)
    assert torch.equal(z[:, :2], x[:, :2])
    assert float((z[:, 2:] - x[:, 2:]).abs().mean()) > 0.1
    assert float(stretch.abs().min()) > 1e-3


def test_an_untrained_coupling_is_the_identity() -> None:
    """Its last layer is zero, so nothing moves and nothing is stretched."""
    z, stretch = Coupling(dim=5, hidden=16, num_bins=4, bound=3.0).double().encode(rows(40, 5))
    assert torch.allclose(z, rows(40, 5), atol=1e-12)
    assert torch.allclose(stretch, torch.zeros(40, dtype=torch.float64), atol=1e-12)


def poled(dim: int) -> Stereographic:
    """A projection whose pole is no axis."""
    layer = Stereographic(dim).double()
    layer.pole.copy_(unit(1, dim)[0])
    return layer


@pytest.mark.parametrize("layer", [poled(4), Stereographic(4).double()], ids=["tilted", "first axis"])
def test_the_sphere_is_covered_once(layer: Stereographic) -> None:
    """Unit vectors return from the plane, points of the plane from the sphere; the pole is the origin."""
    x = unit(40, 4)
    assert torch.allclose(layer.decode(layer.encode(x)[0]), x, atol=1e-12)
    assert torch.allclose(layer.encode(layer.decode(rows(40, 3)))[0], rows(40, 3), atol=1e-12)
    assert torch.allclose(
        layer.encode(layer.pole[None])[0], torch.zeros(1, 3, dtype=torch.float64), atol=1e-12
    )


def test_the_sphere_stretch_is_that_of_area() -> None:
    """The square root of det JᵀJ of the way back, by autograd, is the inverse of the stated stretch."""
    layer = poled(4)
    for point in rows(6, 3):
        back = jacobian(layer.decode, point)  # (4, 3)
        _, stretch = layer.encode(layer.decode(point[None]))
        assert float((back.T @ back).slogdet().logabsdet / 2) == pytest.approx(-float(stretch), abs=1e-9)


def test_the_area_of_the_sphere_is_four_pi() -> None:
    """Integrated over the plane in rings, the stated stretch gives the whole sphere in space."""
    radius = torch.linspace(0, 2000, 2_000_001, dtype=torch.float64)
    layer = Stereographic(3).double()
    points = torch.stack([radius, 0 * radius], 1)
    _, stretch = layer.encode(layer.decode(points[:: len(points) // 1000]))
    assert float(stretch[0]) == pytest.approx(-math.log(4))
    area = torch.trapezoid(2 * math.pi * radius * (2 / (1 + radius**2)) ** 2, radius)
    assert float(area) == pytest.approx(4 * math.pi, rel=1e-5)


def test_layers_are_modules_whose_state_is_saved() -> None:
    """Poles, means, factors and orders are buffers."""
    layers: list[nn.Module] = [Stereographic(4), Whiten(3), Shuffle(3, generator())]
    assert [sorted(layer.state_dict()) for layer in layers] == [["pole"], ["factor", "mean"], ["order"]]
